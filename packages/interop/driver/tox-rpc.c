/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Options, the main loop, and the profile.
 */
#define _GNU_SOURCE /* ppoll */
#include "rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };
enum { READ_SIZE = 64 * 1024 };

typedef struct Node {
    struct Node *next;
    bool relay;
    const char *spec;
    char host[256];
    uint16_t port;
    uint8_t public_key[TOX_PUBLIC_KEY_SIZE];
} Node;

typedef struct Settings {
    struct Tox_Options *options;
    const char *profile;
    Node *nodes;
    Node **nodes_end;
    long interval; /* milliseconds between iterations; -1: c-toxcore's own pace */
} Settings;

static volatile sig_atomic_t signalled;

static void on_signal(int signal_number)
{
    signalled = signal_number;
}

static const char usage[] =
    "usage: tox-rpc [OPTION…]   c-toxcore as a peer driven by JSON-RPC on stdin and stdout\n"
    "  --profile FILE                savedata; created if missing, saved on change and on quit\n"
    "  --no-udp                      TCP relays only\n"
    "  --no-ipv6                     IPv4 only\n"
    "  --no-local-discovery          no LAN discovery\n"
    "  --port N | N-M                UDP port, or the range to choose it from\n"
    "  --tcp-port N                  be a TCP relay on this port\n"
    "  --bootstrap HOST:PORT:KEYHEX  a DHT node (repeatable; IPv6 in brackets)\n"
    "  --relay HOST:PORT:KEYHEX      a TCP relay (repeatable)\n"
    "  --interval MS                 iterate at this pace instead of c-toxcore's own\n";

static void fail_usage(const char *option, const char *value)
{
    fprintf(stderr, "tox-rpc: --%s: cannot use \"%s\"\n%s", option, value, usage);
    exit(EXIT_USAGE);
}

static long parse_number(const char *option, const char *value, const char *digits, char **end, long max)
{
    errno = 0;
    const long parsed = strtol(digits, end, 10);

    if (errno != 0 || *end == digits || parsed < 0 || parsed > max) {
        fail_usage(option, value);
    }

    return parsed;
}

static long parse_whole(const char *option, const char *value, long max)
{
    char *end;
    const long parsed = parse_number(option, value, value, &end, max);

    if (*end != '\0') {
        fail_usage(option, value);
    }

    return parsed;
}

static void parse_ports(struct Tox_Options *options, const char *value)
{
    char *end;
    const long first = parse_number("port", value, value, &end, UINT16_MAX);
    const long last = *end == '-' ? parse_whole("port", end + 1, UINT16_MAX) : first;

    if ((*end != '\0' && *end != '-') || last < first) {
        fail_usage("port", value);
    }

    tox_options_set_start_port(options, (uint16_t)first);
    tox_options_set_end_port(options, (uint16_t)last);
}

/* HOST:PORT:KEYHEX, read from the right because an IPv6 host has colons itself. */
static void add_node(Settings *settings, const char *option, const char *value)
{
    Node *node = calloc(1, sizeof(Node));
    const char *key = strrchr(value, ':');
    const char *port = key;

    while (port != NULL && port > value && *--port != ':') {
    }

    if (node == NULL || key == NULL || port == value || strlen(key + 1) != 2 * TOX_PUBLIC_KEY_SIZE
            || !parse_hex(key + 1, node->public_key, TOX_PUBLIC_KEY_SIZE)) {
        free(node);
        fail_usage(option, value);
        return;
    }

    const char *host = value;
    size_t length = (size_t)(port - value);

    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        ++host;
        length -= 2;
    }

    char *end;
    node->port = (uint16_t)parse_number(option, value, port + 1, &end, UINT16_MAX);

    if (end != key || length >= sizeof(node->host)) {
        fail_usage(option, value);
    }

    memcpy(node->host, host, length);
    node->spec = value;
    node->relay = strcmp(option, "relay") == 0;
    *settings->nodes_end = node;
    settings->nodes_end = &node->next;
}

static void parse_options(int argc, char **argv, Settings *settings)
{
    static const struct option long_options[] = {
        {"profile", required_argument, NULL, 'f'},
        {"no-udp", no_argument, NULL, 'u'},
        {"no-ipv6", no_argument, NULL, '6'},
        {"no-local-discovery", no_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {"tcp-port", required_argument, NULL, 't'},
        {"bootstrap", required_argument, NULL, 'b'},
        {"relay", required_argument, NULL, 'r'},
        {"interval", required_argument, NULL, 'i'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct Tox_Options *options = settings->options;
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
            case 'f':
                settings->profile = optarg;
                break;

            case 'u':
                tox_options_set_udp_enabled(options, false);
                break;

            case '6':
                tox_options_set_ipv6_enabled(options, false);
                break;

            case 'l':
                tox_options_set_local_discovery_enabled(options, false);
                break;

            case 'p':
                parse_ports(options, optarg);
                break;

            case 't':
                tox_options_set_tcp_port(options, (uint16_t)parse_whole("tcp-port", optarg, UINT16_MAX));
                break;

            case 'b':
                add_node(settings, "bootstrap", optarg);
                break;

            case 'r':
                add_node(settings, "relay", optarg);
                break;

            case 'i':
                settings->interval = parse_whole("interval", optarg, 60 * 1000);
                break;

            case 'h':
                fputs(usage, stdout);
                exit(EXIT_SUCCESS);

            default:
                fputs(usage, stderr);
                exit(EXIT_USAGE);
        }
    }

    if (optind < argc) {
        fputs(usage, stderr);
        exit(EXIT_USAGE);
    }
}

/* The profile's bytes, NULL when there is no such file yet. */
static uint8_t *load_profile(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL && errno == ENOENT) {
        return NULL;
    }

    uint8_t *bytes = NULL;
    long size = -1;

    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0) {
        rewind(file);
        bytes = malloc((size_t)size + 1);
    }

    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "tox-rpc: %s: %s\n", path, strerror(errno));
        exit(EXIT_REFUSED);
    }

    fclose(file);
    *length = (size_t)size;
    return bytes;
}

static bool write_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, bytes, length);

        if (written < 0 && errno != EINTR) {
            return false;
        }

        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }

    return true;
}

/* Written beside and renamed, so that a crash leaves the old profile or the new one. */
bool save_profile(const Peer *peer, const char *path)
{
    const size_t size = tox_get_savedata_size(peer->tox);
    uint8_t *savedata = malloc(size);
    char *beside = malloc(strlen(path) + 32);
    bool saved = false;

    if (savedata != NULL && beside != NULL) {
        sprintf(beside, "%s.%ld.tmp", path, (long)getpid());
        tox_get_savedata(peer->tox, savedata);
        const int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        if (fd >= 0) {
            saved = write_all(fd, savedata, size) && fsync(fd) == 0;
            saved = close(fd) == 0 && saved && rename(beside, path) == 0;
        }

        if (fd >= 0 && !saved) {
            const int reason = errno;
            unlink(beside);
            errno = reason;
        }
    }

    free(savedata);
    free(beside);
    return saved;
}

static Tox *start(Settings *settings)
{
    uint8_t *savedata = NULL;
    size_t length = 0;
    Tox_Err_New error;

    if (settings->profile != NULL) {
        savedata = load_profile(settings->profile, &length);
    }

    if (savedata != NULL) {
        tox_options_set_savedata_type(settings->options, TOX_SAVEDATA_TYPE_TOX_SAVE);
        tox_options_set_savedata_data(settings->options, savedata, length);
    }

    Tox *tox = tox_new(settings->options, &error);
    free(savedata);

    /* With a savedata that it cannot read c-toxcore returns a new identity and an error. */
    if (error != TOX_ERR_NEW_OK) {
        fprintf(stderr, "tox-rpc: %s\n", new_error(error));
        tox_kill(tox);
        exit(EXIT_REFUSED);
    }

    return tox;
}

static void connect_nodes(Tox *tox, Settings *settings)
{
    while (settings->nodes != NULL) {
        Node *node = settings->nodes;
        Tox_Err_Bootstrap error;
        (node->relay ? tox_add_tcp_relay : tox_bootstrap)(tox, node->host, node->port, node->public_key, &error);

        if (error != TOX_ERR_BOOTSTRAP_OK) {
            fprintf(stderr, "tox-rpc: %s: %s\n", node->spec, bootstrap_error(error));
            exit(EXIT_REFUSED);
        }

        settings->nodes = node->next;
        free(node);
    }
}

static void announce_ready(Tox *tox)
{
    uint8_t address[TOX_ADDRESS_SIZE];
    uint8_t dht_id[TOX_PUBLIC_KEY_SIZE];
    char version[40];
    Tox_Err_Get_Port udp_error;
    Tox_Err_Get_Port tcp_error;
    tox_self_get_address(tox, address);
    tox_self_get_dht_id(tox, dht_id);
    snprintf(version, sizeof(version), "%u.%u.%u", tox_version_major(), tox_version_minor(), tox_version_patch());
    const uint16_t udp_port = tox_self_get_udp_port(tox, &udp_error);
    const uint16_t tcp_port = tox_self_get_tcp_port(tox, &tcp_error);

    json_t *params = json_object();
    json_object_set_new(params, "address", hex(address, sizeof(address)));
    json_object_set_new(params, "public_key", hex(address, TOX_PUBLIC_KEY_SIZE));
    json_object_set_new(params, "dht_id", hex(dht_id, sizeof(dht_id)));
    json_object_set_new(params, "udp_port", udp_error == TOX_ERR_GET_PORT_OK ? number(udp_port) : json_null());
    json_object_set_new(params, "tcp_port", tcp_error == TOX_ERR_GET_PORT_OK ? number(tcp_port) : json_null());
    json_object_set_new(params, "version", json_string(version));
    notify("ready", params);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

typedef struct Input {
    char *bytes;
    size_t used;
    size_t size;
} Input;

/* Reads what is there and handles the complete lines; false at the end of the input. */
static bool read_requests(Peer *peer, Input *input)
{
    if (input->size - input->used < READ_SIZE) {
        char *larger = realloc(input->bytes, input->size * 2 + READ_SIZE);

        if (larger == NULL) {
            return false;
        }

        input->bytes = larger;
        input->size = input->size * 2 + READ_SIZE;
    }

    const ssize_t got = read(STDIN_FILENO, input->bytes + input->used, READ_SIZE);

    if (got <= 0) {
        return got < 0 && errno == EINTR;
    }

    input->used += (size_t)got;
    char *line = input->bytes;
    char *end = input->bytes + input->used;
    char *newline = NULL;

    while (!peer->quitting && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        /* An empty line says nothing, rather than something wrong. */
        if (newline > line) {
            handle_line(peer, line, (size_t)(newline - line));
        }

        line = newline + 1;
    }

    input->used = (size_t)(end - line);
    memmove(input->bytes, line, input->used);
    return true;
}

/* Signals are let in during ppoll() only: none can slip in between the look at
 * `signalled` and the wait. Requests do not wait for an iteration and do not
 * cause one either, so that c-toxcore runs at the pace of an ordinary client. */
static void run(Peer *peer, long interval, const sigset_t *mask_while_waiting)
{
    Input input = {NULL, 0, 0};
    int64_t next_iteration = now_ms();

    while (!peer->quitting && !signalled) {
        const int64_t wait = next_iteration - now_ms();

        if (wait <= 0) {
            tox_iterate(peer->tox, peer);
            pump_floods(peer);
            pump_files(peer);
            next_iteration = now_ms() + (interval >= 0 ? interval : (long)tox_iteration_interval(peer->tox));
        }

        const struct timespec timeout = {
            .tv_sec = wait > 0 ? wait / 1000 : 0,
            .tv_nsec = wait > 0 ? wait % 1000 * 1000000 : 0,
        };
        struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};

        if (ppoll(&in, 1, &timeout, mask_while_waiting) > 0 && !read_requests(peer, &input)) {
            break;
        }

        if (ferror(stdout)) {
            break;
        }
    }

    free(input.bytes);
}

int main(int argc, char **argv)
{
    Settings settings = {.options = tox_options_new(NULL), .interval = -1};
    settings.nodes_end = &settings.nodes;
    parse_options(argc, argv, &settings);

    sigset_t held;
    sigset_t mask_while_waiting;
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &mask_while_waiting);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);

    Peer peer = {.tox = start(&settings), .profile = settings.profile};
    tox_options_free(settings.options);
    register_events(peer.tox);
    connect_nodes(peer.tox, &settings);
    announce_ready(peer.tox);
    run(&peer, settings.interval, &mask_while_waiting);

    const bool saved = peer.profile == NULL || save_profile(&peer, peer.profile);

    if (!saved) {
        fprintf(stderr, "tox-rpc: %s: %s\n", peer.profile, strerror(errno));
    }

    forget_floods(&peer);
    forget_files_of(&peer, UINT32_MAX);
    tox_kill(peer.tox);
    return saved ? EXIT_SUCCESS : EXIT_REFUSED;
}
