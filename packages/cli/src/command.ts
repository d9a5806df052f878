/** A command takes its arguments and resolves to an exit code. */
export interface Command {
  readonly summary: string
  readonly help: string
  run(args: string[]): Promise<number>
}
