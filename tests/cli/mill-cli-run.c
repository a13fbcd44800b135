#include "mill-cli-run.h"

#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

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

  /* Stdin is a file: a program that fails before it reads would leave a pipe broken. */
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL, err = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  close (g_file_open_tmp ("mill-cli-XXXXXX", &path, NULL));
  g_assert_true (g_file_set_contents (path, input, n_input, NULL));
  g_subprocess_launcher_set_stdin_file_path (launcher, path);
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments->pdata,
                                                                  &error);
  g_assert_no_error (error);
  g_subprocess_communicate (process, NULL, NULL, &out, &err, &error);
  g_assert_no_error (error);
  g_unlink (path);
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
