#!/bin/sh
# Unpacks c-toxcore of a newer Debian suite into a directory, without installing
# anything: the packages come through apt (which checks their signatures) with
# all that they depend on, libc included, and run with their own loader.
#
#   setup-ctoxcore.sh DIR [SUITE]        SUITE: sid unless given
#
# Run as root on Debian after `apt-get update`. Does nothing when DIR already
# has the suite. Leaves DIR/usr (unpacked), DIR/run (runs a program with DIR's
# loader and libraries) and DIR/VERSIONS.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 DIR [SUITE]" >&2; exit 2; }
suite=${2:-sid}
mkdir -p "$1"
dir=$(cd "$1" && pwd)
[ "$(cat "$dir/SUITE" 2>/dev/null)" = "$suite" ] && exit 0

# Where this machine gets Debian itself from (not the security or updates suites).
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(ORIGIN) $(COMPONENT)' 'Created-By: Packages' |
	awk '$2 !~ /-/ && $3 == "Debian" && $4 == "main" { print $1; exit }')
[ -n "$mirror" ] || { echo "$0: apt knows no Debian mirror; run apt-get update first" >&2; exit 1; }

# A private apt beside the machine's own. Its empty dpkg status makes it resolve
# every dependency, also those that the machine has in an older version.
work=$(mktemp -d "$dir/apt.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/none"
: >"$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
private_apt() {
	apt-get -q -y -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/none" \
		-o Dir::Etc::Preferences="$work/none/p" -o Dir::Etc::PreferencesParts="$work/none" \
		-o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" \
		-o Dir::State::Extended_States="$work/extended" -o Dir::Cache::Archives="$work/archives" \
		-o Dir::Cache::PkgCache= -o Dir::Cache::SrcPkgCache= -o APT::Sandbox::User=root \
		-o APT::Install-Recommends=false -o Acquire::Languages=none -o Acquire::Retries=3 \
		-o Debug::NoLocking=true "$@" >&2
}
private_apt update
private_apt --download-only install libtoxcore2 libtoxcore-dev toxcore-utils

rm -rf "$dir/usr" "$dir/etc" "$dir/SUITE"
: >"$dir/VERSIONS"
for package in "$work"/archives/*.deb; do
	dpkg-deb -x "$package" "$dir"
	dpkg-deb -W --showformat='${Package} ${Version}\n' "$package" >>"$dir/VERSIONS"
done

libraries=$(dirname "$(find "$dir/usr/lib" -name 'libtoxcore.so.2' | head -n 1)")
loader=$(find "$libraries" "$dir/usr/lib" "$dir/usr/lib64" "$dir/lib64" -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
[ -n "$loader" ] || { echo "$0: $suite has no loader where this script looks" >&2; exit 1; }
cat >"$dir/run" <<RUN
#!/bin/sh
# run PROGRAM [ARG…]: with the loader and the libraries beside this script.
here=\$(cd "\$(dirname "\$0")" && pwd)
exec "\$here/${loader#"$dir"/}" --library-path "\$here/${libraries#"$dir"/}" "\$@"
RUN
chmod +x "$dir/run"
echo "$suite" >"$dir/SUITE"
