/* Filters for HTML and for addresses. */
#include <string.h>

#include "mill-jinja-filters.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

#define FILTER(name) static JinjaValue *name (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)

FILTER (filter_escape)
{
  return jinja_args_none (render, args) ? jinja_to_html (render, input) : NULL;
}

FILTER (filter_forceescape)
{
  JinjaValue *text = jinja_args_none (render, args) ? jinja_to_string (render, input) : NULL;
  if (text == NULL || !jinja_reserve_times (render, jinja_as_string (text)->n_bytes, 5))
    return NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  jinja_append_escaped (out, jinja_as_string (text)->text, jinja_as_string (text)->n_bytes);
  return jinja_take_string (render, out, TRUE);
}

FILTER (filter_safe)
{
  JinjaValue *text = jinja_args_none (render, args) ? jinja_to_string (render, input) : NULL;
  return text != NULL ? jinja_as_markup (render, text) : NULL;
}

FILTER (filter_striptags)
{
  JinjaValue *text = jinja_args_none (render, args) ? jinja_to_string (render, input) : NULL;
  return text != NULL ? jinja_strip_tags (render, jinja_as_string (text)) : NULL;
}

/* Percent-encoding -------------------------------------------------------------------------------- */

/* Appends a value's text, UTF-8 outside of RFC 3986's unreserved characters encoded; "/" is kept in a
 * path, and a space is "+" in a query. */
static gboolean
append_quoted (JinjaRender *render, GString *out, JinjaValue *value, gboolean query)
{
  JinjaValue *text = jinja_to_string (render, value);
  if (text == NULL || !jinja_reserve_times (render, jinja_as_string (text)->n_bytes, 3))
    return FALSE;
  for (gsize i = 0; i < jinja_as_string (text)->n_bytes; i++)
    {
      guchar c = (guchar) jinja_as_string (text)->text[i];
      if (g_ascii_isalnum (c) || (c != 0 && strchr (query ? "_.-~" : "_.-~/", c) != NULL))
        g_string_append_c (out, (char) c);
      else if (query && c == ' ')
        g_string_append_c (out, '+');
      else
        g_string_append_printf (out, "%%%02X", c);
    }
  return TRUE;
}

FILTER (filter_urlencode)
{
  g_autoptr (GString) out = g_string_new (NULL);
  JinjaIter iter;
  JinjaValue *item, *pairs = input;
  if (!jinja_args_none (render, args))
    return NULL;
  if (input->kind == JINJA_STRING || !jinja_is_iterable (input))
    return append_quoted (render, out, input, FALSE) ? jinja_take_string (render, out, FALSE) : NULL;
  if (input->kind == JINJA_DICT)
    {
      JinjaView *view = jinja_value_alloc (&render->heap, JINJA_VIEW, sizeof *view);
      view->view = JINJA_VIEW_ITEMS;
      view->dict = jinja_as_dict (input);
      pairs = &view->base;
    }
  if (!jinja_iter_init (render, &iter, pairs))
    return NULL;
  while ((item = jinja_iter_next (render, &iter)) != NULL)
    {
      JinjaList *pair = jinja_to_list (render, item);
      if (pair == NULL || pair->n != 2)
        return pair != NULL ? jinja_fail (render, "urlencode asks for pairs of a key and a value") : NULL;
      if (out->len > 0)
        g_string_append_c (out, '&');
      if (!append_quoted (render, out, pair->items[0], TRUE))
        return NULL;
      g_string_append_c (out, '=');
      if (!append_quoted (render, out, pair->items[1], TRUE))
        return NULL;
    }
  return render->error == NULL ? jinja_take_string (render, out, FALSE) : NULL;
}

FILTER (filter_xmlattr)
{
  JinjaValue *autospace;
  gsize at = 0;
  if (!jinja_args_bind (render, args, "autospace", 0, &autospace))
    return NULL;
  if (input->kind != JINJA_DICT)
    return input->kind == JINJA_UNDEFINED ? jinja_fail_undefined (render, input)
                                          : jinja_fail (render, "xmlattr asks for a dict, not for “%s”", jinja_type_name (input));
  g_autoptr (GString) out = g_string_new (NULL);
  for (JinjaEntry *entry; (entry = jinja_table_next (&jinja_as_dict (input)->table, &at)) != NULL;)
    {
      if (entry->value->kind == JINJA_NONE || entry->value->kind == JINJA_UNDEFINED)
        continue;
      if (entry->key->kind != JINJA_STRING)
        return jinja_fail (render, "the names of attributes are strings");
      if (strpbrk (jinja_as_string (entry->key)->text, " \t\n\r\f\v/>=") != NULL)
        return jinja_fail (render, "an attribute’s name has a character that may not stand there");
      if (out->len > 0 || jinja_arg_bool (autospace, TRUE))
        g_string_append_c (out, ' ');
      if (!jinja_append_html (render, out, entry->key))
        return NULL;
      g_string_append (out, "=\"");
      if (!jinja_append_html (render, out, entry->value))
        return NULL;
      g_string_append_c (out, '"');
    }
  return jinja_take_string (render, out, render->autoescape);
}

/* urlize ------------------------------------------------------------------------------------------ */

typedef struct {
  JinjaRender *render;
  GString     *out;
  char        *rel, *target; /* attributes with their values, or "" */
  gint64       limit;        /* of what is shown of an address; -1: none */
  JinjaList   *schemes;      /* more schemes, or NULL */
  GRegex      *url, *email;
} Linker;

/* A word longer than this is no address: it bounds what the patterns look at. */
#define MAX_WORD 4096

#define URL_PATTERN                                                                                               \
  "^(?:(?:https?://|www\\.)(?:[\\w%-]+\\.)*(?:[a-z]{2,63}|xn--[\\w%]{2,59})"                                      \
  "|(?:[\\w%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)"                                                    \
  "|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\]))"                 \
  "(?::\\d{1,5})?(?:[/?#]\\S*)?$"
#define EMAIL_PATTERN "^\\S+@\\w[\\w.-]*\\.\\w+$"

/* The bytes of brackets that open a word. */
static gsize
get_head (const char *word, gsize length)
{
  gsize at = 0;
  while (at < length)
    {
      if (word[at] == '(' || word[at] == '<')
        at++;
      else if (length - at >= 4 && memcmp (word + at, "&lt;", 4) == 0)
        at += 4;
      else
        break;
    }
  return at;
}

/* The bytes of brackets and punctuation that close it. */
static gsize
get_tail (const char *word, gsize length)
{
  gsize at = length;
  while (at > 0)
    {
      if (strchr (")>.,\n", word[at - 1]) != NULL)
        at--;
      else if (at >= 4 && memcmp (word + at - 4, "&gt;", 4) == 0)
        at -= 4;
      else
        break;
    }
  return length - at;
}

static gsize
count (const char *text, gsize length, const char *part)
{
  gsize n = 0;
  for (const char *at = text; (at = g_strstr_len (at, (gssize) length - (at - text), part)) != NULL; at += strlen (part))
    n++;
  return n;
}

/* Brackets that an address opens are closed by the first of its tail. */
static gsize
balance (const char *word, gsize middle, gsize tail)
{
  static const char *const pairs[][2] = { { "(", ")" }, { "<", ">" }, { "&lt;", "&gt;" } };
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      gsize open = count (word, middle, pairs[i][0]);
      if (open <= count (word, middle, pairs[i][1]))
        continue;
      for (gsize n = MIN (open, count (word + middle, tail, pairs[i][1])); n > 0; n--)
        {
          const char *closer = g_strstr_len (word + middle, (gssize) tail, pairs[i][1]);
          gsize moved = (gsize) (closer - (word + middle)) + strlen (pairs[i][1]);
          middle += moved;
          tail -= moved;
        }
    }
  return middle;
}

static void
append_link (Linker *self, const char *prefix, const char *address, gsize shown_from, gboolean attributes)
{
  const char *shown = address + shown_from;
  gsize length = strlen (shown), cut = length;
  if (self->limit >= 0 && attributes)
    cut = jinja_utf8_offset (shown, length, (gsize) self->limit);
  g_string_append_printf (self->out, "<a href=\"%s%s\"%s%s>%.*s%s</a>", prefix, address, attributes ? self->rel : "",
                          attributes ? self->target : "", (int) cut, shown, cut < length ? "..." : "");
}

static gboolean
has_scheme (const Linker *self, const char *address)
{
  for (gsize i = 0; self->schemes != NULL && i < self->schemes->n; i++)
    if (self->schemes->items[i]->kind == JINJA_STRING)
      {
        const char *scheme = jinja_as_string (self->schemes->items[i])->text;
        if (g_str_has_prefix (address, scheme) && strcmp (address, scheme) != 0)
          return TRUE;
      }
  return FALSE;
}

static void
append_word (Linker *self, const char *word, gsize length)
{
  gsize head = get_head (word, length), tail = get_tail (word + head, length - head);
  gsize middle = balance (word + head, length - head - tail, tail);
  g_autofree char *address = g_strndup (word + head, middle);
  g_string_append_len (self->out, word, (gssize) head);
  if (length > MAX_WORD || strlen (address) < middle)
    g_string_append_len (self->out, word + head, (gssize) middle);
  else if (g_regex_match (self->url, address, 0, NULL))
    append_link (self, g_str_has_prefix (address, "https://") || g_str_has_prefix (address, "http://") ? "" : "https://",
                 address, 0, TRUE);
  else if (g_str_has_prefix (address, "mailto:") && g_regex_match (self->email, address + 7, 0, NULL))
    append_link (self, "", address, 7, FALSE);
  else if (!g_str_has_prefix (address, "www.") && *address != '@' && strchr (address, ':') == NULL
           && g_regex_match (self->email, address, 0, NULL))
    append_link (self, "mailto:", address, 0, FALSE);
  else if (has_scheme (self, address))
    {
      self->limit = -1;
      append_link (self, "", address, 0, TRUE);
    }
  else
    g_string_append (self->out, address);
  g_string_append_len (self->out, word + head + middle, (gssize) (length - head - middle));
}

static gboolean
append_words (Linker *self, const JinjaString *html)
{
  const char *at = html->text, *end = at + html->n_bytes;
  gsize size;
  while (at < end)
    {
      const char *start = at;
      gboolean space = jinja_is_space (jinja_utf8_get (at, &size));
      while (at < end && jinja_is_space (jinja_utf8_get (at, &size)) == space)
        at += size;
      gint64 limit = self->limit;
      if (space)
        g_string_append_len (self->out, start, at - start);
      else
        append_word (self, start, (gsize) (at - start));
      self->limit = limit;
      if (!jinja_step (self->render, 8) || !jinja_reserve (self->render, 0))
        return FALSE;
    }
  return TRUE;
}

/* The rel attribute: the words given, nofollow where wanted, noopener, sorted. */
static char *
make_rel (const char *given, gboolean nofollow)
{
  g_auto (GStrv) words = g_strsplit_set (given != NULL ? given : "", " \t\n\r", -1);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  g_ptr_array_add (sorted, (gpointer) "noopener");
  if (nofollow)
    g_ptr_array_add (sorted, (gpointer) "nofollow");
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0' && !g_ptr_array_find_with_equal_func (sorted, *word, g_str_equal, NULL))
      g_ptr_array_add (sorted, *word);
  g_ptr_array_sort_values (sorted, (GCompareFunc) strcmp);
  g_ptr_array_add (sorted, NULL);
  return g_strjoinv (" ", (char **) sorted->pdata);
}

static char *
make_attribute (const char *name, const char *value)
{
  g_autoptr (GString) text = g_string_new (NULL);
  if (value == NULL || *value == '\0')
    return g_strdup ("");
  g_string_append_printf (text, " %s=\"", name);
  jinja_append_escaped (text, value, strlen (value));
  g_string_append_c (text, '"');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

FILTER (filter_urlize)
{
  JinjaValue *values[5], *html;
  const char *target, *rel;
  gsize length;
  if (!jinja_args_bind (render, args, "trim_url_limit nofollow target rel extra_schemes", 0, values)
      || !jinja_arg_string (render, values[2], NULL, &target, &length)
      || !jinja_arg_string (render, values[3], NULL, &rel, &length) || (html = jinja_to_html (render, input)) == NULL
      || !jinja_reserve_times (render, jinja_as_string (html)->n_bytes, 4))
    return NULL;
  Linker self = { .render = render, .limit = -1 };
  if (values[0] != NULL && values[0]->kind != JINJA_NONE && !jinja_arg_int (render, values[0], -1, &self.limit))
    return NULL;
  if (values[4] != NULL && values[4]->kind != JINJA_NONE && (self.schemes = jinja_to_list (render, values[4])) == NULL)
    return NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GRegex) url = g_regex_new (URL_PATTERN, G_REGEX_CASELESS, 0, NULL);
  g_autoptr (GRegex) email = g_regex_new (EMAIL_PATTERN, 0, 0, NULL);
  g_autofree char *rel_words = make_rel (rel, jinja_arg_bool (values[1], FALSE));
  g_autofree char *rel_attribute = make_attribute ("rel", rel_words);
  g_autofree char *target_attribute = make_attribute ("target", target);
  self.out = out;
  self.url = url;
  self.email = email;
  self.rel = rel_attribute;
  self.target = target_attribute;
  return append_words (&self, jinja_as_string (html)) ? jinja_take_string (render, out, render->autoescape) : NULL;
}

const JinjaFilterDef jinja_html_filters[] = {
  { "e", filter_escape },       { "escape", filter_escape },       { "forceescape", filter_forceescape },
  { "safe", filter_safe },      { "striptags", filter_striptags }, { "urlencode", filter_urlencode },
  { "urlize", filter_urlize },  { "xmlattr", filter_xmlattr },     { NULL, NULL },
};
