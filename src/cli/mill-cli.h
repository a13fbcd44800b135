/* mill-cli.h: what the commands of millrace-cli share.
 *
 * A command is one file with one function of MillCliMain's form and a row in main.c. Output goes to
 * stdout and nothing else does. A command returns its exit status: 0, or 1 after mill_cli_fail, or 2
 * after wrong usage (mill_cli_parse says what was wrong).
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef int (*MillCliMain) (int argc, char **argv);

/* Prints "millrace-cli: what: why" as one line to stderr and gives 1. */
int mill_cli_fail (const char *what, const char *why_format, ...) G_GNUC_PRINTF (2, 3);

/* Parses the arguments of a command. `usage` is what stands after the command's name, `summary` one
 * line for --help. On success gives TRUE and leaves positional arguments in argv (argv[0] is the
 * command). Else *status is what to return: 0 after --help, 2 after wrong usage. At least `min` and
 * at most `max` positional arguments are asked for. */
gboolean mill_cli_parse (int *argc, char ***argv, const GOptionEntry *entries, const char *usage,
                         const char *summary, int min, int max, int *status);

/* Cancelled at the first interrupt (SIGINT, SIGTERM); a command that sees it returns 130. A second
 * interrupt ends the program at once. */
GCancellable *mill_cli_get_cancellable (void);

/* Writes to stdout; FALSE (after saying so on stderr) if that fails, a closed pipe included. */
gboolean mill_cli_write (const void *data, gsize length);

int mill_cli_template (int argc, char **argv);
int mill_cli_tokenize (int argc, char **argv);
int mill_cli_detokenize (int argc, char **argv);
int mill_cli_devices (int argc, char **argv);
int mill_cli_logits (int argc, char **argv);
int mill_cli_generate (int argc, char **argv);
int mill_cli_chat (int argc, char **argv);
int mill_cli_bench (int argc, char **argv);

G_END_DECLS
