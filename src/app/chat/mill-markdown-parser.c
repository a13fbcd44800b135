/* mill-markdown-parser.c: Markdown text to blocks, by md4c. */

#include "mill-markdown-parser.h"

#include <md4c.h>
#include <string.h>

#define PARSER_FLAGS                                                                                                   \
  (MD_FLAG_TABLES | MD_FLAG_TASKLISTS | MD_FLAG_STRIKETHROUGH | MD_FLAG_PERMISSIVEURLAUTOLINKS | MD_FLAG_NOHTMLBLOCKS \
   | MD_FLAG_COLLAPSEWHITESPACE)

typedef struct {
  GPtrArray         *blocks;       /* top level */
  GPtrArray         *stack;        /* containers that are open, innermost last; not owned */
  guint              too_deep;     /* containers entered beyond the last one of the stack */
  MillMarkdownBlock *leaf;         /* the block that takes text, not owned; NULL between blocks */
  GString           *content;      /* of the leaf: markup, or a code block's text */
  GString           *links;        /* for each open link '1' where it is shown as one, else '0' */
  gboolean           in_head;
} Builder;

/* Where a new block belongs. */
static GPtrArray *
builder_target (Builder *self)
{
  MillMarkdownBlock *top;

  if (self->stack->len == 0)
    return self->blocks;
  top = self->stack->pdata[self->stack->len - 1];
  return top->children;
}

static void
builder_close_leaf (Builder *self)
{
  if (self->leaf == NULL)
    return;
  if (self->leaf->kind == MILL_MARKDOWN_CODE)
    {
      if (self->content->len > 0 && self->content->str[self->content->len - 1] == '\n')
        g_string_truncate (self->content, self->content->len - 1);
      self->leaf->text = g_strndup (self->content->str, self->content->len);
    }
  else
    {
      self->leaf->markup = g_strndup (self->content->str, self->content->len);
    }
  g_string_truncate (self->content, 0);
  self->leaf = NULL;
}

static MillMarkdownBlock *
builder_add (Builder *self, MillMarkdownKind kind)
{
  MillMarkdownBlock *block = mill_markdown_block_new (kind);

  builder_close_leaf (self);
  g_ptr_array_add (builder_target (self), block);
  return block;
}

static MillMarkdownBlock *
builder_open_leaf (Builder *self, MillMarkdownKind kind)
{
  self->leaf = builder_add (self, kind);
  return self->leaf;
}

/* Opens a quote or a list; NULL where that would nest too deep, and its content then stays here. */
static MillMarkdownBlock *
builder_open_container (Builder *self, MillMarkdownKind kind)
{
  MillMarkdownBlock *block;

  builder_close_leaf (self);
  if (self->too_deep > 0 || (self->stack->len >= 2 * MILL_MARKDOWN_MAX_DEPTH && kind != MILL_MARKDOWN_ITEM))
    {
      self->too_deep++;
      return NULL;
    }
  block = builder_add (self, kind);
  g_ptr_array_add (self->stack, block);
  return block;
}

static void
builder_close_container (Builder *self)
{
  builder_close_leaf (self);
  if (self->too_deep > 0)
    self->too_deep--;
  else
    g_ptr_array_set_size (self->stack, (int) self->stack->len - 1);
}

/* An attribute of md4c (a fence's words, a link's address) with its entities resolved. */
static void append_entity (GString *out, const char *text, gsize size);

static char *
attribute_to_string (const MD_ATTRIBUTE *attribute)
{
  GString *out = g_string_new (NULL);

  for (int i = 0; attribute->text != NULL && attribute->substr_offsets[i] < attribute->size; i++)
    {
      const char *part = attribute->text + attribute->substr_offsets[i];
      gsize size = attribute->substr_offsets[i + 1] - attribute->substr_offsets[i];

      if (attribute->substr_types[i] == MD_TEXT_ENTITY)
        append_entity (out, part, size);
      else if (attribute->substr_types[i] == MD_TEXT_NULLCHAR)
        g_string_append (out, "\357\277\275");
      else
        g_string_append_len (out, part, size);
    }
  return g_string_free (out, FALSE);
}

/* The entities that occur in answers; a rare name is shown as it is written. */
static const struct {
  const char *name;
  const char *text;
} entities[] = {
  { "amp", "&" },     { "lt", "<" },       { "gt", ">" },       { "quot", "\"" },   { "apos", "'" },
  { "nbsp", "\302\240" }, { "copy", "©" }, { "reg", "®" },      { "trade", "™" },   { "hellip", "…" },
  { "mdash", "—" },   { "ndash", "–" },    { "lsquo", "‘" },    { "rsquo", "’" },   { "ldquo", "“" },
  { "rdquo", "”" },   { "laquo", "«" },    { "raquo", "»" },    { "bull", "•" },    { "middot", "·" },
  { "times", "×" },   { "divide", "÷" },   { "minus", "−" },    { "plusmn", "±" },  { "deg", "°" },
  { "euro", "€" },    { "pound", "£" },    { "yen", "¥" },      { "cent", "¢" },    { "sect", "§" },
  { "para", "¶" },    { "larr", "←" },     { "uarr", "↑" },     { "rarr", "→" },    { "darr", "↓" },
  { "harr", "↔" },    { "rArr", "⇒" },     { "le", "≤" },       { "ge", "≥" },      { "ne", "≠" },
  { "asymp", "≈" },   { "infin", "∞" },    { "sum", "∑" },      { "radic", "√" },   { "pi", "π" },
  { "alpha", "α" },   { "beta", "β" },     { "gamma", "γ" },    { "delta", "δ" },   { "mu", "μ" },
  { "frac12", "½" },  { "frac14", "¼" },   { "frac34", "¾" },   { "sup2", "²" },    { "sup3", "³" },
  { "shy", "" },      { "ensp", "\342\200\202" }, { "emsp", "\342\200\203" }, { "thinsp", "\342\200\211" },
};

static void
append_entity (GString *out, const char *text, gsize size)
{
  g_autofree char *name = g_strndup (text, size);

  if (size > 3 && name[1] == '#')
    {
      gboolean hex = name[2] == 'x' || name[2] == 'X';
      guint64 code = g_ascii_strtoull (name + (hex ? 3 : 2), NULL, hex ? 16 : 10);
      gunichar c = code > 0 && code <= 0x10ffff && g_unichar_validate ((gunichar) code) ? (gunichar) code : 0xfffd;

      g_string_append_unichar (out, c);
      return;
    }
  if (size > 2)
    name[size - 1] = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (entities); i++)
    {
      if (strcmp (name + 1, entities[i].name) == 0)
        {
          g_string_append (out, entities[i].text);
          return;
        }
    }
  g_string_append_len (out, text, size);
}

static void
append_markup_text (GString *out, const char *text, gssize size)
{
  g_autofree char *escaped = g_markup_escape_text (text, size);

  g_string_append (out, escaped);
}

static gboolean
address_may_be_opened (const char *address)
{
  g_autofree char *scheme = g_uri_parse_scheme (address);

  return scheme != NULL
         && (g_ascii_strcasecmp (scheme, "http") == 0 || g_ascii_strcasecmp (scheme, "https") == 0
             || g_ascii_strcasecmp (scheme, "mailto") == 0)
         && g_uri_is_valid (address, G_URI_FLAGS_PARSE_RELAXED, NULL);
}

static MillMarkdownAlign
align_from (MD_ALIGN align)
{
  switch (align)
    {
    case MD_ALIGN_LEFT:
      return MILL_MARKDOWN_ALIGN_START;
    case MD_ALIGN_CENTER:
      return MILL_MARKDOWN_ALIGN_CENTER;
    case MD_ALIGN_RIGHT:
      return MILL_MARKDOWN_ALIGN_END;
    case MD_ALIGN_DEFAULT:
    default:
      return MILL_MARKDOWN_ALIGN_DEFAULT;
    }
}

static void
enter_code (Builder *self, const MD_BLOCK_CODE_DETAIL *detail)
{
  MillMarkdownBlock *block = builder_open_leaf (self, MILL_MARKDOWN_CODE);
  g_autofree char *language = attribute_to_string (&detail->lang);

  if (*language != '\0')
    block->language = g_steal_pointer (&language);
}

static void
enter_list (Builder *self, gboolean ordered, guint start, gboolean tight)
{
  MillMarkdownBlock *block = builder_open_container (self, MILL_MARKDOWN_LIST);

  if (block == NULL)
    return;
  block->ordered = ordered;
  block->start = start;
  block->tight = tight;
}

static void
enter_item (Builder *self, const MD_BLOCK_LI_DETAIL *detail)
{
  MillMarkdownBlock *block = builder_open_container (self, MILL_MARKDOWN_ITEM);

  if (block != NULL && detail->is_task)
    block->task = detail->task_mark == ' ' ? MILL_MARKDOWN_TASK_OPEN : MILL_MARKDOWN_TASK_DONE;
}

static int
enter_block (MD_BLOCKTYPE type, void *detail, void *user_data)
{
  Builder *self = user_data;

  switch (type)
    {
    case MD_BLOCK_QUOTE:
      builder_open_container (self, MILL_MARKDOWN_QUOTE);
      break;
    case MD_BLOCK_UL:
      enter_list (self, FALSE, 0, ((MD_BLOCK_UL_DETAIL *) detail)->is_tight);
      break;
    case MD_BLOCK_OL:
      enter_list (self, TRUE, ((MD_BLOCK_OL_DETAIL *) detail)->start, ((MD_BLOCK_OL_DETAIL *) detail)->is_tight);
      break;
    case MD_BLOCK_LI:
      enter_item (self, detail);
      break;
    case MD_BLOCK_HR:
      builder_add (self, MILL_MARKDOWN_RULE);
      break;
    case MD_BLOCK_H:
      builder_open_leaf (self, MILL_MARKDOWN_HEADING)->level = ((MD_BLOCK_H_DETAIL *) detail)->level;
      break;
    case MD_BLOCK_CODE:
      enter_code (self, detail);
      break;
    case MD_BLOCK_P:
      builder_open_leaf (self, MILL_MARKDOWN_PARAGRAPH);
      break;
    case MD_BLOCK_TABLE:
      g_ptr_array_add (self->stack, builder_add (self, MILL_MARKDOWN_TABLE));
      break;
    case MD_BLOCK_THEAD:
      self->in_head = TRUE;
      break;
    case MD_BLOCK_TR:
      if (self->in_head)
        ((MillMarkdownBlock *) self->stack->pdata[self->stack->len - 1])->n_head_rows++;
      g_ptr_array_add (self->stack, builder_add (self, MILL_MARKDOWN_ROW));
      break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
      builder_open_leaf (self, MILL_MARKDOWN_CELL)->align = align_from (((MD_BLOCK_TD_DETAIL *) detail)->align);
      break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML:
    case MD_BLOCK_TBODY:
    default:
      break;
    }
  return 0;
}

static int
leave_block (MD_BLOCKTYPE type, void *detail, void *user_data)
{
  Builder *self = user_data;

  switch (type)
    {
    case MD_BLOCK_QUOTE:
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
    case MD_BLOCK_LI:
      builder_close_container (self);
      break;
    case MD_BLOCK_TABLE:
    case MD_BLOCK_TR:
      builder_close_leaf (self);
      g_ptr_array_set_size (self->stack, (int) self->stack->len - 1);
      break;
    case MD_BLOCK_THEAD:
      self->in_head = FALSE;
      break;
    case MD_BLOCK_H:
    case MD_BLOCK_CODE:
    case MD_BLOCK_P:
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
      builder_close_leaf (self);
      break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML:
    case MD_BLOCK_HR:
    case MD_BLOCK_TBODY:
    default:
      break;
    }
  return 0;
}

/* A tight item's text comes without a paragraph around it. */
static void
builder_need_leaf (Builder *self)
{
  if (self->leaf == NULL)
    builder_open_leaf (self, MILL_MARKDOWN_PARAGRAPH);
}

/* A link, or a picture as a link; inside another link it is its text alone. */
static void
open_link (Builder *self, const MD_ATTRIBUTE *href)
{
  g_autofree char *address = attribute_to_string (href);
  gboolean shown = strchr (self->links->str, '1') == NULL && address_may_be_opened (address);

  if (shown)
    {
      g_autofree char *escaped = g_markup_escape_text (address, -1);

      /* The address is the tooltip too: a person sees where a link leads before it is opened. */
      g_string_append_printf (self->content, "<a href=\"%s\" title=\"%s\">", escaped, escaped);
      self->leaf->has_links = TRUE;
    }
  g_string_append_c (self->links, shown ? '1' : '0');
}

static void
close_link (Builder *self)
{
  gboolean shown = self->links->str[self->links->len - 1] == '1';

  g_string_truncate (self->links, self->links->len - 1);
  if (shown)
    g_string_append (self->content, "</a>");
}

/* Pango has no style for code: its own face on a ground that suits light and dark. */
#define CODE_OPEN "<span font_family=\"monospace\" size=\"92%\" background=\"#808080\" bgalpha=\"16%\">"

static int
enter_span (MD_SPANTYPE type, void *detail, void *user_data)
{
  Builder *self = user_data;

  builder_need_leaf (self);
  switch (type)
    {
    case MD_SPAN_EM:
      g_string_append (self->content, "<i>");
      break;
    case MD_SPAN_STRONG:
      g_string_append (self->content, "<b>");
      break;
    case MD_SPAN_DEL:
      g_string_append (self->content, "<s>");
      break;
    case MD_SPAN_CODE:
      g_string_append (self->content, CODE_OPEN);
      break;
    case MD_SPAN_A:
      open_link (self, &((MD_SPAN_A_DETAIL *) detail)->href);
      break;
    case MD_SPAN_IMG:
      open_link (self, &((MD_SPAN_IMG_DETAIL *) detail)->src);
      break;
    case MD_SPAN_LATEXMATH:
    case MD_SPAN_LATEXMATH_DISPLAY:
    case MD_SPAN_WIKILINK:
    case MD_SPAN_U:
    default:
      break;
    }
  return 0;
}

static int
leave_span (MD_SPANTYPE type, void *detail, void *user_data)
{
  Builder *self = user_data;

  switch (type)
    {
    case MD_SPAN_EM:
      g_string_append (self->content, "</i>");
      break;
    case MD_SPAN_STRONG:
      g_string_append (self->content, "</b>");
      break;
    case MD_SPAN_DEL:
      g_string_append (self->content, "</s>");
      break;
    case MD_SPAN_CODE:
      g_string_append (self->content, "</span>");
      break;
    case MD_SPAN_A:
    case MD_SPAN_IMG:
      close_link (self);
      break;
    case MD_SPAN_LATEXMATH:
    case MD_SPAN_LATEXMATH_DISPLAY:
    case MD_SPAN_WIKILINK:
    case MD_SPAN_U:
    default:
      break;
    }
  return 0;
}

static gboolean
is_line_break_tag (const char *text, gsize size)
{
  g_autofree char *tag = g_ascii_strdown (text, (gssize) size);

  return strcmp (tag, "<br>") == 0 || strcmp (tag, "<br/>") == 0 || strcmp (tag, "<br />") == 0;
}

static int
add_text (MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *user_data)
{
  Builder *self = user_data;

  builder_need_leaf (self);
  if (self->leaf->kind == MILL_MARKDOWN_CODE)
    {
      if (type == MD_TEXT_NULLCHAR)
        g_string_append (self->content, "\357\277\275");
      else
        g_string_append_len (self->content, text, size);
      return 0;
    }
  switch (type)
    {
    case MD_TEXT_NULLCHAR:
      g_string_append (self->content, "\357\277\275");
      break;
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR:
      g_string_append_c (self->content, '\n');
      break;
    case MD_TEXT_ENTITY:
      {
        g_autoptr (GString) resolved = g_string_new (NULL);

        append_entity (resolved, text, size);
        append_markup_text (self->content, resolved->str, (gssize) resolved->len);
        break;
      }
    case MD_TEXT_HTML:
      if (is_line_break_tag (text, size))
        g_string_append_c (self->content, '\n');
      else
        append_markup_text (self->content, text, size);
      break;
    case MD_TEXT_NORMAL:
    case MD_TEXT_CODE:
    case MD_TEXT_LATEXMATH:
    default:
      append_markup_text (self->content, text, size);
      break;
    }
  return 0;
}

GPtrArray *
mill_markdown_parse (const char *text, gssize length)
{
  static const MD_PARSER parser = {
    .flags = PARSER_FLAGS,
    .enter_block = enter_block,
    .leave_block = leave_block,
    .enter_span = enter_span,
    .leave_span = leave_span,
    .text = add_text,
  };
  g_autofree char *valid = g_utf8_make_valid (text, length);
  /* md4c 0.5.2 misreads a list whose first item begins with a heading where that is the first byte. */
  g_autofree char *source = g_strconcat ("\n", valid, NULL);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  g_autoptr (GString) content = g_string_new (NULL);
  g_autoptr (GString) links = g_string_new (NULL);
  Builder builder = { .stack = stack, .content = content, .links = links };

  builder.blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_markdown_block_unref);
  /* md4c fails only where a callback does (ours never do) or memory ends (GLib ends the program). */
  if (md_parse (source, (MD_SIZE) strlen (source), &parser, &builder) != 0)
    g_warning ("Markdown of %" G_GSIZE_FORMAT " bytes could not be parsed", strlen (source));
  builder_close_leaf (&builder);
  return builder.blocks;
}
