/* mill-markdown-parser.h: Markdown text to blocks, by md4c.
 *
 * CommonMark with tables, task lists, strike-through and bare web addresses. HTML is text like any
 * other (only <br> breaks a line); a picture is a link to it, since nothing is fetched; a link whose
 * address is not http, https or mailto is shown as text. A single line break in the source is kept:
 * models write it on purpose.
 *
 * Thread-safety: any thread.
 */
#pragma once

#include "mill-markdown-block.h"

G_BEGIN_DECLS

/* Containers nested deeper than this are shown at this depth. */
#define MILL_MARKDOWN_MAX_DEPTH 12

/* Parses `length` bytes (-1: up to the null) into an array of MillMarkdownBlock (transfer full).
 * Any text is valid Markdown; bytes that are not UTF-8 are shown as replacement characters. */
GPtrArray *mill_markdown_parse (const char *text, gssize length);

G_END_DECLS
