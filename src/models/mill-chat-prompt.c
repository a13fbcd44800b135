/* Prompts. A person's text goes through the template with every special token in it replaced by a stand-in
 * of the Private Use Area, so that the template may trim and test it as it likes; afterwards the stand-ins
 * are tokenised as plain text and all the rest with special tokens. */
#include "mill-chat-prompt.h"

#include "jinja/mill-jinja.h"

#include <string.h>

#define STAND_IN 0x10f000 /* first of the stand-ins */
#define MOST_STAND_INS 0xf00

struct _MillChatPrompt {
  int                ref_count;
  MillJinjaTemplate *template;
  const char        *format;
  MillTokenizer     *tokenizer;
};

/* Known formats, told by a token of the vocabulary; the last one fits any. */
static const struct {
  const char *token, *name, *source;
} formats[] = {
  { "<|im_end|>", "chatml",
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}" },
  { "<|eot_id|>", "llama3",
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>\n\n{{ m['content'] }}<|eot_id|>"
    "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}" },
  { "<｜Assistant｜>", "deepseek",
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}<｜User｜>{{ m['content'] }}"
    "{% elif m['role'] == 'assistant' %}<｜Assistant｜>{{ m['content'] }}{{ eos_token }}{% else %}{{ m['content'] }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<｜Assistant｜>{% endif %}" },
  { NULL, "plain",
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}User: {% elif m['role'] == 'assistant' %}Assistant: {% endif %}"
    "{{ m['content'] }}\n\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}" },
};

static gboolean
has_token (const MillTokenizer *tokenizer, const char *text)
{
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, -1, MILL_TOKENIZE_DEFAULT);
  return ids->len == 1;
}

MillChatPrompt *
mill_chat_prompt_new (const char *source, const MillTokenizer *tokenizer, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  const char *format = "template";
  if (source == NULL || *source == '\0')
    for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
      if (formats[i].token == NULL || has_token (tokenizer, formats[i].token))
        {
          source = formats[i].source;
          format = formats[i].name;
          break;
        }
  MillJinjaTemplate *template = mill_jinja_template_new (source, -1, MILL_JINJA_CHAT, &wrong);
  if (template == NULL)
    {
      g_set_error (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_TEMPLATE, "The model's chat template cannot be read: %s", wrong->message);
      return NULL;
    }
  MillChatPrompt *self = g_new0 (MillChatPrompt, 1);
  self->ref_count = 1;
  self->template = template;
  self->format = format;
  self->tokenizer = mill_tokenizer_ref ((MillTokenizer *) tokenizer);
  return self;
}

MillChatPrompt *
mill_chat_prompt_ref (MillChatPrompt *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
mill_chat_prompt_unref (MillChatPrompt *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  mill_jinja_template_unref (self->template);
  mill_tokenizer_unref (self->tokenizer);
  g_free (self);
}

const char *
mill_chat_prompt_get_format (const MillChatPrompt *self)
{
  return self->format;
}

/* The first special token at or after `text`: its place and length, or NULL. A special token is what one
 * id spells when special tokens are matched, and several do when not. */
static const char *
find_special (const MillChatPrompt *self, const char *text, gsize *length)
{
  for (const char *at = text; (at = strchr (at, '<')) != NULL; at++)
    for (const char *end = strchr (at, '>'); end != NULL && end - at < 64; end = strchr (end + 1, '>'))
      {
        *length = end - at + 1;
        g_autoptr (GArray) one = mill_tokenizer_encode (self->tokenizer, at, *length, MILL_TOKENIZE_DEFAULT);
        g_autoptr (GArray) plain = mill_tokenizer_encode (self->tokenizer, at, *length, MILL_TOKENIZE_NO_SPECIAL);
        if (one->len == 1 && (plain->len != 1 || g_array_index (plain, guint32, 0) != g_array_index (one, guint32, 0)))
          return at;
      }
  return NULL;
}

/* Replaces special tokens by stand-ins, which are remembered in `hidden`. */
static char *
hide_special (const MillChatPrompt *self, const char *text, GPtrArray *hidden)
{
  GString *out = g_string_new (NULL);
  const char *at;
  gsize length;
  while (hidden->len < MOST_STAND_INS && (at = find_special (self, text, &length)) != NULL)
    {
      g_string_append_len (out, text, at - text);
      g_string_append_unichar (out, STAND_IN + hidden->len);
      g_ptr_array_add (hidden, g_strndup (at, length));
      text = at + length;
    }
  g_string_append (out, text);
  return g_string_free (out, FALSE);
}

static void
set_token (const MillChatPrompt *self, MillJinjaValue *vars, const char *name, guint32 token)
{
  const char *text = token != MILL_TOKEN_NONE ? mill_tokenizer_get_token_text (self->tokenizer, token) : NULL;
  mill_jinja_map_set (vars, name, mill_jinja_string_new (text != NULL ? text : ""));
}

static gboolean
is_cancelled (gpointer cancellable)
{
  return g_cancellable_is_cancelled (cancellable);
}

static char *
render (const MillChatPrompt *self, GPtrArray *messages, GPtrArray *hidden, GCancellable *cancellable, GError **error)
{
  g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
  MillJinjaValue *list = mill_jinja_list_new ();
  for (guint i = 0; i < messages->len; i++)
    {
      const MillChatMessage *message = g_ptr_array_index (messages, i);
      g_autofree char *text = hidden != NULL ? hide_special (self, message->text, hidden) : g_strdup (message->text);
      MillJinjaValue *map = mill_jinja_map_new ();
      mill_jinja_map_set (map, "role", mill_jinja_string_new (mill_chat_role_to_string (message->role)));
      mill_jinja_map_set (map, "content", mill_jinja_string_new (text));
      mill_jinja_list_add (list, map);
    }
  mill_jinja_map_set (vars, "messages", list);
  mill_jinja_map_set (vars, "add_generation_prompt", mill_jinja_bool_new (TRUE));
  set_token (self, vars, "bos_token", mill_tokenizer_get_bos (self->tokenizer));
  set_token (self, vars, "eos_token", mill_tokenizer_get_eos (self->tokenizer));
  g_autoptr (GError) wrong = NULL;
  const MillJinjaLimits limits = {
    .max_steps = MILL_JINJA_DEFAULT_MAX_STEPS,
    .max_memory = MILL_JINJA_DEFAULT_MAX_MEMORY,
    .max_output = MILL_JINJA_DEFAULT_MAX_OUTPUT,
    .is_cancelled = cancellable != NULL ? is_cancelled : NULL,
    .is_cancelled_data = cancellable,
  };
  gsize length;
  char *text = mill_jinja_template_render (self->template, vars, &limits, &length, &wrong);
  if (text == NULL && !g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_TEMPLATE, "The model's chat template refuses this conversation: %s", wrong->message);
  return text;
}

char *
mill_chat_prompt_render (const MillChatPrompt *self, GPtrArray *messages, GCancellable *cancellable, GError **error)
{
  return render (self, messages, NULL, cancellable, error);
}

static void
append_tokens (const MillChatPrompt *self, GArray *to, const char *text, gsize length, MillTokenizeFlags flags)
{
  if (length == 0)
    return;
  g_autoptr (GArray) ids = mill_tokenizer_encode (self->tokenizer, text, length, flags);
  g_array_append_vals (to, ids->data, ids->len);
}

GArray *
mill_chat_prompt_encode (const MillChatPrompt *self, GPtrArray *messages, gboolean *thinks, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) hidden = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = render (self, messages, hidden, cancellable, error);
  if (text == NULL)
    return NULL;
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  const char *from = text;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      if (c < STAND_IN || c >= STAND_IN + hidden->len)
        continue;
      const char *special = g_ptr_array_index (hidden, c - STAND_IN);
      append_tokens (self, ids, from, at - from, MILL_TOKENIZE_DEFAULT);
      append_tokens (self, ids, special, strlen (special), MILL_TOKENIZE_NO_SPECIAL);
      from = g_utf8_next_char (at);
    }
  append_tokens (self, ids, from, strlen (from), MILL_TOKENIZE_DEFAULT);
  if (thinks != NULL)
    {
      g_autofree char *end = g_strchomp (g_strdup (text));
      *thinks = g_str_has_suffix (end, "<think>");
    }
  return ids;
}
