#include "mill-cli-run.h"

#include <stdarg.h>
#include <string.h>

/* The bytes with a NUL after them. */
static char *
take_bytes (GBytes *bytes, gsize *n)
{
  *n = bytes != NULL ? g_bytes_get_size (bytes) : 0;
  char *data = g_malloc0 (*n + 1);
  if (*n > 0)
    memcpy (data, g_bytes_get_data (bytes, NULL), *n);
  return data;
}

MillCliRun *
mill_cli_run (const char *input, gsize n_input, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  va_list args;
  g_ptr_array_add (arguments, (char *) g_getenv ("MILLRACE_CLI"));
  va_start (args, n_input);
  do
    g_ptr_array_add (arguments, va_arg (args, char *));
  while (g_ptr_array_index (arguments, arguments->len - 1) != NULL);
  va_end (args);

  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv ((const char *const *) arguments->pdata,
                                                       G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                                                       &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) in = g_bytes_new (input, n_input), out = NULL, err = NULL;
  g_subprocess_communicate (process, in, NULL, &out, &err, &error);
  /* A command that fails before it reads leaves the pipe closed. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
    g_clear_error (&error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));

  MillCliRun *self = g_new0 (MillCliRun, 1);
  gsize n_err;
  self->status = g_subprocess_get_exit_status (process);
  self->out = take_bytes (out, &self->n_out);
  self->err = take_bytes (err, &n_err);
  return self;
}

void
mill_cli_run_free (MillCliRun *self)
{
  g_free (self->out);
  g_free (self->err);
  g_free (self);
}

void
mill_cli_run_assert_failed (const MillCliRun *self, int status, const char *part)
{
  g_test_message ("%s", self->err);
  g_assert_cmpint (self->status, ==, status);
  g_assert_cmpstr (self->out, ==, "");
  g_assert_true (g_str_has_prefix (self->err, "millrace-cli: "));
  g_assert_nonnull (strstr (self->err, part));
  const char *end = strchr (self->err, '\n');
  g_assert_nonnull (end);
  if (status == 1)
    g_assert_cmpstr (end, ==, "\n");
}
