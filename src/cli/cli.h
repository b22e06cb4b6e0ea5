/*
 * cli/cli.h - the verbs of the command line, from one table.
 *
 * Every verb that touches personal data is a client of the server's own
 * interface (over the local socket, or in this process when no server runs):
 * the command line has no way in that an application does not have.
 *
 * Help, manual page and shell completion are made from the same tables.
 */
#ifndef TROTH_CLI_CLI_H
#define TROTH_CLI_CLI_H

#define TROTH_VERSION "0.1.0"

/* Returns the exit status (base/err_codes.def). */
int cli_main(int argc, char **argv);

#endif
