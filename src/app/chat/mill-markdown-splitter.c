/* mill-markdown-splitter.c: where growing Markdown may be cut.
 *
 * The rules are CommonMark's (spec.commonmark.org, 0.31, chapters 4 and 5) seen from the top level:
 * a fence at the top level opens a part that ends with it; every other part ends at an empty line
 * that is followed by a line which cannot belong to it. A list is the hard case, since it goes on
 * after empty lines and hides fences of its own: its fences are followed while they are plainly the
 * list's, and a part that is not plain is never cut again.
 */

#include "mill-markdown-splitter.h"

#include <string.h>

enum {
  STATE_START, /* nothing but empty lines since the cut */
  STATE_FLOW,  /* paragraphs, headings, quotes, tables, indented code */
  STATE_FENCE, /* a code block between fences */
  STATE_LIST,
  STATE_UNSURE, /* no more cuts */
};

/* content_column once no indentation is sure to be the list's. */
#define LAZY (G_MAXUINT / 2)

typedef struct {
  const char *text;   /* behind the indentation */
  gsize       length; /* without the line break */
  guint       indent; /* in columns */
  gboolean    tab_behind;
} Line;

static Line
line_read (const char *text, gsize length)
{
  Line line = { 0 };
  gsize i = 0;

  while (i < length && (text[i] == ' ' || text[i] == '\t'))
    {
      line.indent += text[i] == '\t' ? 4 - line.indent % 4 : 1;
      i++;
    }
  while (length > i && (text[length - 1] == '\r' || text[length - 1] == ' ' || text[length - 1] == '\t'))
    line.tab_behind |= text[--length] == '\t';
  line.text = text + i;
  line.length = length - i;
  return line;
}

/* Length of the fence that the line opens, or 0. */
static guint
line_opens_fence (const Line *line)
{
  char c = line->length > 0 ? line->text[0] : '\0';
  guint run = 0;

  if (c != '`' && c != '~')
    return 0;
  while (run < line->length && line->text[run] == c)
    run++;
  if (run < 3)
    return 0;
  if (c == '`' && memchr (line->text + run, '`', line->length - run) != NULL)
    return 0;
  return run;
}

static gboolean
line_closes_fence (const Line *line, char fence, guint fence_length)
{
  if (line->length < fence_length)
    return FALSE;
  for (gsize i = 0; i < line->length; i++)
    {
      if (line->text[i] != fence)
        return FALSE;
    }
  return TRUE;
}

static gboolean
line_is_rule (const Line *line)
{
  char c = line->length > 0 ? line->text[0] : '\0';
  guint run = 0;

  if (c != '-' && c != '*' && c != '_')
    return FALSE;
  for (gsize i = 0; i < line->length; i++)
    {
      if (line->text[i] == c)
        run++;
      else if (line->text[i] != ' ' && line->text[i] != '\t')
        return FALSE;
    }
  return run >= 3;
}

/* What a line says about the list item that it opens. `columns` is from the line's indentation to the
 * item's text; G_MAXUINT where tabs make that hard to say. */
typedef struct {
  guint    columns;
  guint    number; /* an ordered item's, else 1 */
  char     marker; /* its last character: a list is of one kind */
  gboolean empty;  /* no text on its line */
} Item;

static gboolean
line_opens_item (const Line *line, Item *item)
{
  gsize marker = 0, spaces = 0;

  *item = (Item) { .number = 1 };
  if (line->length == 0 || line_is_rule (line))
    return FALSE;
  if (strchr ("-*+", line->text[0]) != NULL)
    {
      marker = 1;
    }
  else
    {
      guint value = 0;

      while (marker < line->length && marker < 9 && g_ascii_isdigit (line->text[marker]))
        value = value * 10 + (guint) (line->text[marker++] - '0');
      if (marker == 0 || marker >= line->length || (line->text[marker] != '.' && line->text[marker] != ')'))
        return FALSE;
      item->number = value;
      marker++;
    }
  item->marker = line->text[marker - 1];
  while (marker + spaces < line->length && line->text[marker + spaces] == ' ')
    spaces++;
  item->empty = marker == line->length;
  if (item->empty)
    item->columns = (guint) marker + 1;
  else if (spaces == 0)
    item->columns = line->text[marker] == '\t' ? G_MAXUINT : 0;
  else
    item->columns = (guint) marker + (spaces > 4 ? 1 : (guint) spaces);
  return item->columns > 0;
}

/* Inside a paragraph only an item with text opens a list, and an ordered one only with 1. */
static gboolean
item_interrupts (const Item *item)
{
  return !item->empty && item->number == 1;
}

/* Whether the line may be one of a table or a quote. */
static gboolean
line_tangles (const Line *line)
{
  return memchr (line->text, '|', line->length) != NULL || (line->length > 0 && line->text[0] == '>');
}

static void
begin_part (MillMarkdownSplitter *self, gsize offset)
{
  self->cut = offset;
  self->state = STATE_START;
  self->fence = 0;
  self->content_column = 0;
}

/* A list item's own line may begin with anything: a fence, a quote, an item of its own. */
static gboolean
item_is_tangled (const Line *line, const Item *item)
{
  Line inner = line_read (line->text + item->columns, line->length - item->columns);
  Item inner_item;

  return inner.indent > 0 || line_opens_item (&inner, &inner_item) || line_opens_fence (&inner) > 0
         || (inner.length > 0 && inner.text[0] == '>');
}

static gboolean
line_opens_tangled_item (const Line *line)
{
  Item item;

  return line_opens_item (line, &item) && (item.empty || item.columns == G_MAXUINT || item_is_tangled (line, &item));
}

static void
begin_item (MillMarkdownSplitter *self, const Line *line, const Item *item)
{
  self->state = STATE_LIST;
  self->fence = 0;
  self->marker = item->marker;
  if (item->columns == G_MAXUINT)
    {
      self->state = STATE_UNSURE;
      return;
    }
  /* An item without text takes what follows only where no empty line comes between. */
  self->content_column = item->empty ? LAZY : line->indent + item->columns;
  if (!item->empty && item_is_tangled (line, item))
    self->state = STATE_UNSURE;
}

/* The first line of a part. */
static void
start_line (MillMarkdownSplitter *self, const Line *line)
{
  Item item;
  guint fence;

  self->state = STATE_FLOW;
  self->tangled = line_tangles (line);
  if (line->indent > 3)
    return;
  fence = line_opens_fence (line);
  if (fence > 0)
    {
      self->state = STATE_FENCE;
      self->fence = line->text[0];
      self->fence_length = fence;
    }
  else if (line_opens_item (line, &item))
    {
      begin_item (self, line, &item);
    }
}

static void
begin_part_with (MillMarkdownSplitter *self, const Line *line, gsize offset)
{
  begin_part (self, offset);
  start_line (self, line);
}

static void
flow_line (MillMarkdownSplitter *self, const Line *line, gsize offset)
{
  Item item;

  if (line->indent > 3)
    return;
  if (self->after_blank)
    {
      begin_part_with (self, line, offset);
      return;
    }
  if (line_opens_fence (line) > 0 && !self->tangled)
    {
      begin_part_with (self, line, offset);
      return;
    }
  if (line->text[0] == '`' || line->text[0] == '~')
    {
      /* Behind a table or a quote md4c reads what looks like a fence in its own way. */
      if (self->tangled)
        self->state = STATE_UNSURE;
      return;
    }
  self->tangled = self->tangled || line_tangles (line);
  if (!line_opens_item (line, &item))
    return;
  /* What stands before is not known to be a paragraph, so only what opens a list in any case is plain. */
  if (item_interrupts (&item))
    begin_item (self, line, &item);
  else
    self->state = STATE_UNSURE;
}

/* A line while a fence of the list is open. */
static void
list_fence_line (MillMarkdownSplitter *self, const Line *line, gsize offset)
{
  Item item;

  if (line->length == 0)
    return;
  if (line->indent >= self->content_column)
    {
      if (line->indent < self->content_column + 4 && line_closes_fence (line, self->fence, self->fence_length))
        {
          self->fence = 0;
          if (line->tab_behind)
            self->state = STATE_UNSURE;
        }
      return;
    }
  /* The item has ended, and its fence with it; no paragraph was open that could go on. (md4c
   * takes a fence here, or what begins like one, as the end of the item's.) */
  self->fence = 0;
  if (line->text[0] == '`' || line->text[0] == '~')
    self->state = STATE_UNSURE;
  else if (!line_opens_item (line, &item))
    begin_part_with (self, line, offset);
  else if (line->indent <= 1)
    begin_item (self, line, &item);
  else
    self->state = STATE_UNSURE;
}

/* A line that is not indented to the text of the list's last item. */
static void
list_outer_line (MillMarkdownSplitter *self, const Line *line, gsize offset)
{
  guint fence = line_opens_fence (line);
  Item item;

  if (line->indent <= 1 && line_opens_item (line, &item))
    {
      gboolean same_list = self->content_column != LAZY && item.marker == self->marker;

      if (same_list || self->after_blank || item_interrupts (&item))
        begin_item (self, line, &item);
      else
        self->state = STATE_UNSURE;
    }
  else if (line->indent <= 1 && (self->after_blank || (fence > 0 && !self->tangled)))
    begin_part_with (self, line, offset);
  else if (fence > 0 || self->after_blank || (line->length > 0 && line->text[0] == '>')
           || line_opens_item (line, &item))
    self->state = STATE_UNSURE;
  else
    {
      /* It goes on with the item's paragraph, or it is a paragraph of the top level: what is indented
       * behind it is no longer plain. */
      self->content_column = LAZY;
      self->tangled = self->tangled || line_tangles (line);
    }
}

static void
list_line (MillMarkdownSplitter *self, const Line *line, gsize offset)
{
  guint fence = line_opens_fence (line);

  if (self->fence != 0)
    {
      list_fence_line (self, line, offset);
      return;
    }
  /* md4c takes two empty lines to say more than the specification does. */
  if (self->after_blank > 1 && line->indent > 1)
    {
      self->state = STATE_UNSURE;
      return;
    }
  if (line->indent < self->content_column)
    {
      list_outer_line (self, line, offset);
      return;
    }
  /* Inside the item: only its own fences matter; those of items inside it are not followed. */
  if (line_opens_tangled_item (line))
    {
      self->state = STATE_UNSURE;
    }
  else if (fence > 0 && line->indent < self->content_column + 2)
    {
      self->fence = line->text[0];
      self->fence_length = fence;
    }
  else if (fence > 0)
    {
      self->state = STATE_UNSURE;
    }
}

static void
look_at_line (MillMarkdownSplitter *self, const Line *line, gsize offset, gsize next)
{
  switch (self->state)
    {
    case STATE_START:
      if (line->length > 0)
        start_line (self, line);
      break;
    case STATE_FENCE:
      if (line->indent <= 3 && line_closes_fence (line, self->fence, self->fence_length))
        {
          /* md4c takes no tab behind a closing fence. */
          if (line->tab_behind)
            self->state = STATE_UNSURE;
          else
            begin_part (self, next);
        }
      break;
    case STATE_FLOW:
      if (line->length > 0)
        flow_line (self, line, offset);
      break;
    case STATE_LIST:
      if (line->length > 0 || self->fence != 0)
        list_line (self, line, offset);
      break;
    case STATE_UNSURE:
    default:
      break;
    }
  self->after_blank = line->length == 0 ? self->after_blank + 1 : 0;
}

void
mill_markdown_splitter_init (MillMarkdownSplitter *self)
{
  *self = (MillMarkdownSplitter) { .state = STATE_START };
}

gsize
mill_markdown_splitter_advance (MillMarkdownSplitter *self, const char *text, gsize length)
{
  while (self->offset < length)
    {
      const char *end = memchr (text + self->offset, '\n', length - self->offset);
      gsize next;
      Line line;

      if (end == NULL)
        break;
      next = (gsize) (end - text) + 1;
      line = line_read (text + self->offset, next - 1 - self->offset);
      look_at_line (self, &line, self->offset, next);
      self->offset = next;
    }
  return self->cut;
}
