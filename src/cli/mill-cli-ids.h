/* mill-cli-ids.h: token ids as JSON, and what a command reads. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads a file, or stdin where `path` is NULL, whole; a NUL follows. */
char *mill_cli_read (const char *path, gsize *length, GError **error);

/* A JSON array of whole numbers from 0 to 2^32 - 2 as a new GArray of guint32. */
GArray *mill_cli_parse_ids (const char *json, gsize length, GError **error);

/* The array as JSON on one line, with a line end. */
char *mill_cli_format_ids (const GArray *ids);

G_END_DECLS
