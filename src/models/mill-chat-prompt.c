/* From messages to the tokens that a model reads.
 *
 * How typed text is kept from becoming special tokens: where a message holds the text of one, a guard
 * goes in front of it, a character that occurs nowhere else. Templates carry it along as part of the
 * text (they trim, split and compare as before). In what was rendered, a special token counts only
 * where no guard stands before it; then the guards are taken out.
 */
#include "mill-chat-prompt.h"

#include <string.h>

#include "engine/mill-special.h"
#include "jinja/mill-jinja.h"
#include "mill-chat-formats.h"

struct _MillChatPrompt {
  gatomicrefcount    ref_count;
  MillTokenizer     *tokenizer;
  MillJinjaTemplate *jinja;
  char              *source;
  const char        *format;
  gboolean           own;     /* the template is the file's, not one of ours */
  MillSpecial       *special; /* control tokens: what typed text must not become */
};

/* Whether the vocabulary has `text` as one token that is matched whole. */
static gboolean
has_special (const MillTokenizer *tokenizer, const char *text)
{
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, -1, MILL_TOKENIZE_DEFAULT);
  return ids->len == 1 && g_strcmp0 (mill_tokenizer_get_token_text (tokenizer, g_array_index (ids, guint32, 0)), text) == 0;
}

static void
choose_format (MillChatPrompt *self)
{
  for (const MillChatFormat *format = mill_chat_formats; format->name != NULL; format++)
    {
      gboolean fits = TRUE;
      for (guint i = 0; i < G_N_ELEMENTS (format->tokens) && format->tokens[i] != NULL; i++)
        fits = fits && has_special (self->tokenizer, format->tokens[i]);
      if (!fits)
        continue;
      self->format = format->name;
      self->source = g_strdup (format->source);
      return;
    }
  g_assert_not_reached ();
}

/* Control tokens are those that detokenising leaves out and that text is matched with. */
static void
collect_special (MillChatPrompt *self)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  guint n_vocab = mill_tokenizer_get_n_vocab (self->tokenizer);
  self->special = mill_special_new ();
  for (guint32 token = 0; token < n_vocab; token++)
    {
      const char *text = mill_tokenizer_get_token_text (self->tokenizer, token);
      g_string_truncate (bytes, 0);
      mill_tokenizer_append_bytes (self->tokenizer, token, FALSE, bytes);
      if (bytes->len == 0 && *text != '\0' && has_special (self->tokenizer, text))
        mill_special_add (self->special, text, strlen (text), token);
    }
  mill_special_sort (self->special);
}

MillChatPrompt *
mill_chat_prompt_new (const char *source, const MillTokenizer *tokenizer, GError **error)
{
  g_autoptr (MillChatPrompt) self = g_new0 (MillChatPrompt, 1);
  g_autoptr (GError) inner = NULL;
  g_atomic_ref_count_init (&self->ref_count);
  self->tokenizer = mill_tokenizer_ref ((MillTokenizer *) tokenizer);
  self->own = source != NULL && *source != '\0';
  self->format = "template";
  if (self->own)
    self->source = g_strdup (source);
  else
    choose_format (self);
  self->jinja = mill_jinja_template_new (self->source, -1, MILL_JINJA_CHAT, &inner);
  if (self->jinja == NULL)
    {
      g_set_error (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_TEMPLATE,
                   "The chat template of this model cannot be read: %s. The file may be made for another program, or be damaged.",
                   inner->message);
      return NULL;
    }
  collect_special (self);
  return g_steal_pointer (&self);
}

MillChatPrompt *
mill_chat_prompt_ref (MillChatPrompt *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
mill_chat_prompt_unref (MillChatPrompt *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->special, mill_special_free);
  g_clear_pointer (&self->jinja, mill_jinja_template_unref);
  g_clear_pointer (&self->tokenizer, mill_tokenizer_unref);
  g_free (self->source);
  g_free (self);
}

const char *
mill_chat_prompt_get_format (const MillChatPrompt *self)
{
  return self->format;
}

/* Guards ------------------------------------------------------------------------------------------ */

/* Guards are looked for from here on: a plane for private use. */
#define FIRST_GUARD 0x10FF00u
#define LAST_GUARD 0x10FFFDu

static gboolean
occurs (const char *guard, const char *source, GPtrArray *messages)
{
  if (strstr (source, guard) != NULL)
    return TRUE;
  for (guint i = 0; i < messages->len; i++)
    {
      const MillChatMessage *message = g_ptr_array_index (messages, i);
      if (strstr (message->text, guard) != NULL || (message->reasoning != NULL && strstr (message->reasoning, guard) != NULL))
        return TRUE;
    }
  return FALSE;
}

/* A character that neither the template nor a message holds. */
static gboolean
choose_guard (const MillChatPrompt *self, GPtrArray *messages, char guard[8], GError **error)
{
  for (gunichar c = FIRST_GUARD; c <= LAST_GUARD; c++)
    {
      guard[g_unichar_to_utf8 (c, guard)] = '\0';
      if (!occurs (guard, self->source, messages))
        return TRUE;
    }
  g_set_error_literal (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_TEMPLATE,
                       "The messages use up all characters for private use, so that no prompt can be made of them.");
  return FALSE;
}

/* `text` with a guard before each special token in it, those that overlap included. */
static char *
guard_text (const MillChatPrompt *self, const char *text, const char *guard)
{
  gsize length = strlen (text), at = 0;
  GString *out = g_string_sized_new (length + 1);
  while (at < length)
    {
      MillSpecialMatch match = mill_special_search (self->special, text, length, at);
      g_string_append_len (out, text + at, match.at - at);
      at = match.at;
      if (match.length == 0)
        continue;
      g_string_append (out, guard);
      gsize step = MAX (1, g_utf8_skip[(guchar) text[at]]);
      g_string_append_len (out, text + at, MIN (step, length - at));
      at += step;
    }
  return g_string_free (out, FALSE);
}

/* Rendering --------------------------------------------------------------------------------------- */

static MillJinjaValue *
guarded_value (const MillChatPrompt *self, const char *text, const char *guard)
{
  g_autofree char *guarded = guard_text (self, text, guard);
  return mill_jinja_string_new (guarded);
}

static MillJinjaValue *
make_messages (const MillChatPrompt *self, GPtrArray *messages, const char *guard)
{
  MillJinjaValue *list = mill_jinja_list_new ();
  for (guint i = 0; i < messages->len; i++)
    {
      const MillChatMessage *message = g_ptr_array_index (messages, i);
      MillJinjaValue *map = mill_jinja_map_new ();
      mill_jinja_map_set (map, "role", mill_jinja_string_new (mill_chat_role_to_string (message->role)));
      mill_jinja_map_set (map, "content", guarded_value (self, message->text, guard));
      if (message->reasoning != NULL)
        mill_jinja_map_set (map, "reasoning_content", guarded_value (self, message->reasoning, guard));
      mill_jinja_list_add (list, map);
    }
  return list;
}

static MillJinjaValue *
token_value (const MillChatPrompt *self, guint32 token)
{
  return mill_jinja_string_new (token != MILL_TOKEN_NONE ? mill_tokenizer_get_token_text (self->tokenizer, token) : "");
}

static MillJinjaValue *
make_variables (const MillChatPrompt *self, GPtrArray *messages, const char *guard)
{
  MillJinjaValue *vars = mill_jinja_map_new ();
  /* A template of the file decides for itself; ours ask what the file says. */
  gboolean bos = self->own || mill_tokenizer_get_add_bos (self->tokenizer);
  mill_jinja_map_set (vars, "messages", make_messages (self, messages, guard));
  mill_jinja_map_set (vars, "tools", mill_jinja_none_new ());
  mill_jinja_map_set (vars, "documents", mill_jinja_none_new ());
  mill_jinja_map_set (vars, "add_generation_prompt", mill_jinja_bool_new (TRUE));
  mill_jinja_map_set (vars, "bos_token", token_value (self, bos ? mill_tokenizer_get_bos (self->tokenizer) : MILL_TOKEN_NONE));
  mill_jinja_map_set (vars, "eos_token", token_value (self, mill_tokenizer_get_eos (self->tokenizer)));
  return vars;
}

static gboolean
is_cancelled (gpointer data)
{
  return g_cancellable_is_cancelled (data);
}

/* What a template raises is written for people; other errors name its line. */
static void
set_render_error (GError **error, const GError *inner, GCancellable *cancellable)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return;
  if (g_error_matches (inner, MILL_JINJA_ERROR, MILL_JINJA_ERROR_RAISED))
    g_set_error (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_TEMPLATE, "The model's chat template refuses this conversation: %s",
                 inner->message);
  else
    g_set_error (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_TEMPLATE, "The model's chat template failed: %s", inner->message);
}

/* The rendered text with guards in it. */
static char *
render_guarded (const MillChatPrompt *self, GPtrArray *messages, char guard[8], gsize *length, GCancellable *cancellable,
                GError **error)
{
  g_autoptr (GError) inner = NULL;
  if (!choose_guard (self, messages, guard, error))
    return NULL;
  g_autoptr (MillJinjaValue) vars = make_variables (self, messages, guard);
  MillJinjaLimits limits = { .is_cancelled = cancellable != NULL ? is_cancelled : NULL, .is_cancelled_data = cancellable };
  char *text = mill_jinja_template_render (self->jinja, vars, &limits, length, &inner);
  if (text == NULL)
    set_render_error (error, inner, cancellable);
  return text;
}

static void
remove_guards (GString *text, const char *guard)
{
  g_string_replace (text, guard, "", 0);
}

char *
mill_chat_prompt_render (const MillChatPrompt *self, GPtrArray *messages, GCancellable *cancellable, GError **error)
{
  char guard[8];
  gsize length;
  g_autofree char *text = render_guarded (self, messages, guard, &length, cancellable, error);
  if (text == NULL)
    return NULL;
  GString *out = g_string_new_len (text, length);
  remove_guards (out, guard);
  return g_string_free (out, FALSE);
}

/* Tokens ------------------------------------------------------------------------------------------ */

static gboolean
is_guarded (const char *text, gsize at, const char *guard)
{
  gsize n = strlen (guard);
  return at >= n && memcmp (text + at - n, guard, n) == 0;
}

/* Text between special tokens is encoded as one, whoever wrote its parts. */
static void
append_text (const MillChatPrompt *self, GString *run, const char *guard, GArray *out)
{
  remove_guards (run, guard);
  g_autoptr (GArray) ids = mill_tokenizer_encode (self->tokenizer, run->str, run->len, MILL_TOKENIZE_NO_SPECIAL);
  g_array_append_vals (out, ids->data, ids->len);
  g_string_truncate (run, 0);
}

static GArray *
encode_guarded (const MillChatPrompt *self, const char *text, gsize length, const char *guard)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GString) run = g_string_new (NULL);
  for (gsize at = 0; at < length;)
    {
      MillSpecialMatch match = mill_special_search (self->special, text, length, at);
      g_string_append_len (run, text + at, match.at - at);
      at = match.at;
      if (match.length == 0)
        continue;
      if (is_guarded (text, at, guard))
        {
          g_string_append_c (run, text[at++]);
          continue;
        }
      append_text (self, run, guard, out);
      g_array_append_val (out, match.token);
      at += match.length;
    }
  append_text (self, run, guard, out);
  return out;
}

/* A prompt that ends with <think>, spaces apart, leaves it to the model to close it. */
static gboolean
ends_thinking (const char *text, gsize length)
{
  const char tag[] = "<think>";
  gsize n = strlen (tag);
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  return length >= n && memcmp (text + length - n, tag, n) == 0;
}

GArray *
mill_chat_prompt_encode (const MillChatPrompt *self, GPtrArray *messages, gboolean *thinks, GCancellable *cancellable,
                         GError **error)
{
  char guard[8];
  gsize length;
  g_autofree char *text = render_guarded (self, messages, guard, &length, cancellable, error);
  if (text == NULL)
    return NULL;
  if (thinks != NULL)
    *thinks = ends_thinking (text, length);
  return encode_guarded (self, text, length, guard);
}
