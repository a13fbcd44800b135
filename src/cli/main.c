/* millrace-cli: everything that Millrace does without a window. */
#include "mill-cli.h"

#include "engine/mill-gpu.h"

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
  const char *name;
  MillCliMain main;
  const char *summary;
} commands[] = {
  { "devices", mill_cli_devices, "The Vulkan devices, and which is taken" },
  { "tokenize", mill_cli_tokenize, "Text to token ids" },
  { "detokenize", mill_cli_detokenize, "Token ids to text" },
  { "logits", mill_cli_logits, "The logits of every token of a prompt" },
  { "generate", mill_cli_generate, "What follows a prompt" },
  { "chat", mill_cli_chat, "Talk with a model" },
  { "bench", mill_cli_bench, "Tokens a second" },
  { "template", mill_cli_template, "Render a Jinja template" },
  { NULL },
};

static GCancellable *cancellable;

int
mill_cli_fail (const char *what, const char *why_format, ...)
{
  va_list args;
  va_start (args, why_format);
  g_autofree char *why = g_strdup_vprintf (why_format, args);
  va_end (args);
  /* One line whatever a file's or a system's message holds. */
  g_strdelimit (why, "\n\r", ' ');
  g_printerr ("millrace-cli: %s: %s\n", what, why);
  return 1;
}

static void
print_help (GOptionContext *context, const char *command, const char *usage, const char *summary)
{
  g_autofree char *help = g_option_context_get_help (context, FALSE, NULL);
  const char *options = strstr (help, "\n\n");
  g_print ("Usage: millrace-cli %s%s%s\n\n%s%s", command, *usage ? " " : "", usage, summary,
           options != NULL ? options : "\n");
}

gboolean
mill_cli_parse (int *argc, char ***argv, const GOptionEntry *entries, const char *usage, const char *summary,
                int min, int max, int *status)
{
  const char *command = (*argv)[0];
  gboolean help = FALSE;
  const GOptionEntry help_entry[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this text", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, help_entry, NULL);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);

  gboolean parsed = g_option_context_parse (context, argc, argv, &error);
  if (help)
    {
      print_help (context, command, usage, summary);
      *status = 0;
      return FALSE;
    }
  if (!parsed)
    mill_cli_fail (command, "%s", error->message);
  else if (*argc > 1 && strcmp ((*argv)[1], "--") == 0)
    {
      memmove (*argv + 1, *argv + 2, (*argc - 1) * sizeof **argv);
      (*argc)--;
    }
  if (parsed && (*argc - 1 < min || *argc - 1 > max))
    {
      parsed = FALSE;
      mill_cli_fail (command, *argc - 1 < min ? "an argument is missing" : "unexpected argument “%s”",
                     *argc - 1 > max ? (*argv)[max + 1] : "");
    }
  if (!parsed)
    {
      g_printerr ("Usage: millrace-cli %s%s%s\n", command, *usage ? " " : "", usage);
      *status = 2;
    }
  return parsed;
}

static void
on_interrupt (int number)
{
  /* Async-signal-safe: the cancellable is told by the watching source; the default comes back for
   * a second interrupt. */
  signal (number, SIG_DFL);
  static const char byte = 1;
  extern int mill_cli_interrupt_fd;
  if (write (mill_cli_interrupt_fd, &byte, 1) < 0)
    _exit (130);
}

int mill_cli_interrupt_fd = -1;

static gpointer
watch_interrupts (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  char byte;
  while (read (fd, &byte, 1) < 0 && errno == EINTR)
    ;
  g_cancellable_cancel (cancellable);
  return NULL;
}

GCancellable *
mill_cli_get_cancellable (void)
{
  if (cancellable == NULL)
    {
      int fds[2];
      g_autoptr (GError) error = NULL;
      cancellable = g_cancellable_new ();
      if (g_unix_open_pipe (fds, O_CLOEXEC, &error))
        {
          mill_cli_interrupt_fd = fds[1];
          g_thread_unref (g_thread_new ("interrupts", watch_interrupts, GINT_TO_POINTER (fds[0])));
          signal (SIGINT, on_interrupt);
          signal (SIGTERM, on_interrupt);
        }
    }
  return cancellable;
}

static gboolean output_failed;

gboolean
mill_cli_write (const void *data, gsize length)
{
  /* Whoever read the output has gone: nobody waits for the rest. */
  if (output_failed)
    return FALSE;
  const char *at = data;
  while (length > 0)
    {
      gssize n = write (STDOUT_FILENO, at, length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          mill_cli_fail ("output", "%s", g_strerror (errno));
          output_failed = TRUE;
          g_cancellable_cancel (mill_cli_get_cancellable ());
          return FALSE;
        }
      at += n;
      length -= n;
    }
  return TRUE;
}

static void
print_usage (gboolean to_stderr)
{
  GString *text = g_string_new ("Usage: millrace-cli COMMAND [ARGUMENT…]\n\nCommands:\n");
  for (gsize i = 0; commands[i].name != NULL; i++)
    g_string_append_printf (text, "  %-12s %s\n", commands[i].name, commands[i].summary);
  g_string_append (text, "\n“millrace-cli COMMAND --help” says more about one.\n");
  if (to_stderr)
    g_printerr ("%s", text->str);
  else
    g_print ("%s", text->str);
  g_string_free (text, TRUE);
}

int
main (int argc, char **argv)
{
  mill_gpu_prepare_environment ();
  setlocale (LC_ALL, "");
  /* Numbers in output are JSON's and the templates', not the locale's. */
  setlocale (LC_NUMERIC, "C");
  signal (SIGPIPE, SIG_IGN);

  if (argc < 2)
    {
      print_usage (TRUE);
      return 2;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0)
    {
      print_usage (FALSE);
      return 0;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      g_print ("millrace-cli %s\n", MILL_VERSION);
      return 0;
    }
  for (gsize i = 0; commands[i].name != NULL; i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      {
        int status = commands[i].main (argc - 1, argv + 1);
        return output_failed ? 1 : status;
      }
  mill_cli_fail (argv[1], "no such command");
  print_usage (TRUE);
  return 2;
}
