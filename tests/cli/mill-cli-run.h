/* mill-cli-run.h: runs millrace-cli and takes what it writes. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  int    status; /* the exit status */
  char  *out, *err; /* each with a NUL after it */
  gsize  n_out;
} MillCliRun;

/* Runs the program with these arguments (ended by NULL) and `n_input` bytes on stdin. */
MillCliRun *mill_cli_run (const char *input, gsize n_input, ...) G_GNUC_NULL_TERMINATED;
void        mill_cli_run_free (MillCliRun *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillCliRun, mill_cli_run_free)

/* Checks that it failed as a command should: this status, nothing on stdout, on stderr one line (of usage
 * errors the first) that begins with "millrace-cli: " and holds `part`. */
void mill_cli_run_assert_failed (const MillCliRun *self, int status, const char *part);

G_END_DECLS
