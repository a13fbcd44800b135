/* mill-chat-session.c: a conversation under way: what is asked, and what is answered. */

#include "mill-chat-session.h"

#include "mill-chat-title.h"

#include <glib/gi18n-lib.h>

/* One answer being generated. A request that was stopped may still deliver: it is then no longer the
 * session's current one, and is not listened to. */
typedef struct {
  MillChatSession *session;
  MillMessage     *answer;
  GCancellable    *cancellable;
  gint64           thought_since; /* monotonic, µs; 0 before the reasoning's first word */
  double           thought_seconds;
} Request;

struct _MillChatSession {
  GObject           parent_instance;

  MillConversation *conversation;
  GCancellable     *load;         /* while messages are being read */
  char             *load_error;
  MillChatModel    *model;
  MillChatOptions   options;
  char             *instructions;

  Request          *request;      /* the current one, not owned */
  MillMessage      *waiting;      /* the answer that waits for a model */
  gboolean          shrinking;    /* leave out more of the oldest messages while the context is full */
  guint             first_sent;
  gboolean          context_full;
  double            progress;
  guint             context_used;
  double            speed;
};

G_DEFINE_FINAL_TYPE (MillChatSession, mill_chat_session, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_BUSY,
  PROP_LOADING,
  PROP_LOAD_ERROR,
  PROP_PROGRESS,
  PROP_USAGE,
  PROP_CONTEXT_FULL,
  PROP_FIRST_SENT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void start_request (MillChatSession *self, MillMessage *answer);

static void
notify (MillChatSession *self, int property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_progress (MillChatSession *self, double progress)
{
  self->progress = progress;
  notify (self, PROP_PROGRESS);
}

static void
set_context_full (MillChatSession *self, gboolean context_full)
{
  if (self->context_full == context_full)
    return;
  self->context_full = context_full;
  notify (self, PROP_CONTEXT_FULL);
}

static void
set_first_sent (MillChatSession *self, guint first_sent)
{
  if (self->first_sent == first_sent)
    return;
  self->first_sent = first_sent;
  notify (self, PROP_FIRST_SENT);
}

static guint
count_messages (MillChatSession *self)
{
  return mill_conversation_get_n_messages (self->conversation);
}

static MillMessage *
peek_message (MillChatSession *self, guint position)
{
  return mill_conversation_get_message (self->conversation, position);
}

/* --- Generating --- */

static void
request_free (Request *request)
{
  g_object_unref (request->session);
  g_object_unref (request->answer);
  g_object_unref (request->cancellable);
  g_free (request);
}

static void
take_numbers (MillChatSession *self, const MillChatUsage *usage)
{
  self->context_used = usage->prompt_tokens + usage->completion_tokens;
  if (usage->completion_tokens > 1 && usage->generation_seconds > 0)
    self->speed = usage->completion_tokens / usage->generation_seconds;
  notify (self, PROP_USAGE);
}

static void
take_reasoning (Request *request, const char *text)
{
  gint64 now = g_get_monotonic_time ();

  if (request->thought_since == 0)
    request->thought_since = now;
  request->thought_seconds = (double) (now - request->thought_since) / G_USEC_PER_SEC;
  mill_message_append_reasoning (request->answer, text);
}

static void
delta_arrived (const MillChatDelta *delta, gpointer data)
{
  Request *request = data;
  const MillChatUsage *usage = &delta->usage;

  if (request->session->request != request)
    return;
  switch (delta->kind)
    {
    case MILL_CHAT_DELTA_REASONING:
      take_reasoning (request, delta->text);
      take_numbers (request->session, usage);
      break;
    case MILL_CHAT_DELTA_TEXT:
      mill_message_append_text (request->answer, delta->text);
      take_numbers (request->session, usage);
      break;
    case MILL_CHAT_DELTA_PROGRESS:
    default:
      if (usage->prompt_tokens > 0)
        set_progress (request->session, MIN (1.0, (double) usage->cached_tokens / usage->prompt_tokens));
      break;
    }
}

/* Leaves out about a quarter of what is sent, in whole exchanges; FALSE where only the question is left. */
static gboolean
leave_out_oldest (MillChatSession *self)
{
  guint question = count_messages (self) - 2; /* behind it stands the answer */
  guint n_sent = question + 1 - self->first_sent;
  guint target = self->first_sent + MAX (n_sent / 4, 1);

  while (target < question && mill_message_get_role (peek_message (self, target)) != MILL_MESSAGE_ROLE_USER)
    target++;
  if (target > question)
    return FALSE;
  set_first_sent (self, target);
  return TRUE;
}

static void
keep_usage (Request *request, const MillChatUsage *usage)
{
  MillMessageUsage kept = {
    .prompt_tokens = usage->prompt_tokens,
    .completion_tokens = usage->completion_tokens,
    .context_length = usage->context_length,
    .prompt_seconds = usage->prompt_seconds,
    .generation_seconds = usage->generation_seconds,
    .reasoning_seconds = request->thought_seconds,
  };

  mill_message_set_usage (request->answer, &kept);
}

/* What the person reads under an answer that failed: what happened, and what to do. */
static char *
describe_failure (MillChatSession *self, const GError *error)
{
  if (g_error_matches (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_CONTEXT_FULL))
    {
      guint length = mill_chat_session_get_context_length (self);

      if (count_messages (self) - self->first_sent <= 2)
        return g_strdup (_("The question alone is longer than what the model can read at once. Ask a shorter one, or "
                           "set a longer chat in the preferences."));
      return g_strdup_printf (ngettext ("This chat is now longer than the %'u token that the model can read at once. "
                                        "Nothing was cut.",
                                        "This chat is now longer than the %'u tokens that the model can read at once. "
                                        "Nothing was cut.",
                                        length),
                              length);
    }
  return g_strdup (error->message);
}

static void
finish_answer (Request *request, const MillChatUsage *usage, const GError *error)
{
  MillChatSession *self = request->session;
  MillMessageState state = MILL_MESSAGE_COMPLETE;
  g_autofree char *failure = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      state = MILL_MESSAGE_STOPPED;
    }
  else if (error != NULL)
    {
      state = MILL_MESSAGE_FAILED;
      failure = describe_failure (self, error);
    }
  else if (usage->finish != MILL_CHAT_FINISH_STOP)
    {
      state = usage->finish == MILL_CHAT_FINISH_LENGTH ? MILL_MESSAGE_CUT : MILL_MESSAGE_STOPPED;
    }
  keep_usage (request, usage);
  mill_message_finish (request->answer, state, failure);
}

static void
request_finished (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = data;
  MillChatSession *self = request->session;
  MillChatUsage usage = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean full;

  mill_chat_model_generate_finish (MILL_CHAT_MODEL (source), result, &usage, &error);
  full = g_error_matches (error, MILL_CHAT_ERROR, MILL_CHAT_ERROR_CONTEXT_FULL);
  /* A request that was stopped left the answer as it is to be. */
  if (self->request == request)
    {
      self->request = NULL;
      if (full && self->shrinking && leave_out_oldest (self))
        {
          start_request (self, request->answer);
        }
      else
        {
          if (error == NULL)
            take_numbers (self, &usage);
          finish_answer (request, &usage, error);
          set_context_full (self, full && count_messages (self) - self->first_sent > 2);
          self->shrinking = FALSE;
          notify (self, PROP_BUSY);
        }
    }
  request_free (request);
}

static void
add_message (GPtrArray *messages, MillChatRole role, const char *text, const char *reasoning)
{
  MillChatMessage *last = messages->len > 0 ? messages->pdata[messages->len - 1] : NULL;

  /* Two questions in a row (the first one's answer failed) are one: templates ask for turns. */
  if (last != NULL && last->role == role && role == MILL_CHAT_ROLE_USER)
    {
      g_autofree char *joined = g_strconcat (last->text, "\n\n", text, NULL);

      g_set_str (&last->text, joined);
      return;
    }
  g_ptr_array_add (messages, mill_chat_message_new (role, text, reasoning != NULL && *reasoning != '\0' ? reasoning : NULL));
}

/* What the model is given: the instructions, then the messages up to the question. An answer without
 * text says nothing. */
static GPtrArray *
collect_messages (MillChatSession *self, MillMessage *answer)
{
  GPtrArray *messages = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_chat_message_free);
  const char *instructions = mill_conversation_get_system_prompt (self->conversation);

  if (instructions == NULL || *instructions == '\0')
    instructions = self->instructions;
  if (instructions != NULL && *instructions != '\0')
    add_message (messages, MILL_CHAT_ROLE_SYSTEM, instructions, NULL);
  for (guint i = self->first_sent; i < count_messages (self); i++)
    {
      MillMessage *message = peek_message (self, i);

      if (message == answer)
        break;
      if (mill_message_get_text_length (message) > 0)
        add_message (messages, (MillChatRole) mill_message_get_role (message), mill_message_get_text (message),
                     mill_message_get_reasoning (message));
    }
  return messages;
}

static void
start_request (MillChatSession *self, MillMessage *answer)
{
  Request *request;
  g_autoptr (GPtrArray) messages = NULL;

  set_progress (self, 0);
  if (self->model == NULL)
    {
      g_set_object (&self->waiting, answer);
      return;
    }
  mill_message_set_model (answer, mill_chat_model_get_name (self->model));
  request = g_new0 (Request, 1);
  request->session = g_object_ref (self);
  request->answer = g_object_ref (answer);
  request->cancellable = g_cancellable_new ();
  self->request = request;
  messages = collect_messages (self, answer);
  mill_chat_model_generate_async (self->model, messages, &self->options, delta_arrived, request,
                                  request->cancellable, request_finished, request);
}

static void
begin (MillChatSession *self, MillMessage *answer)
{
  set_context_full (self, FALSE);
  start_request (self, answer);
  notify (self, PROP_BUSY);
}

/* --- What a person does --- */

static gboolean
can_begin (MillChatSession *self)
{
  return !mill_chat_session_get_busy (self) && mill_conversation_get_loaded (self->conversation);
}

void
mill_chat_session_send (MillChatSession *self, const char *text)
{
  g_autofree char *question = NULL;

  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  question = g_strstrip (g_strdup (text));
  if (!can_begin (self) || *question == '\0')
    return;
  if (*mill_conversation_get_title (self->conversation) == '\0')
    {
      g_autofree char *title = mill_chat_title_from_question (question);

      mill_conversation_set_title (self->conversation, title);
    }
  mill_conversation_add_message (self->conversation, MILL_MESSAGE_ROLE_USER, question);
  begin (self, mill_conversation_begin_answer (self->conversation, NULL));
}

void
mill_chat_session_stop (MillChatSession *self)
{
  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  if (!mill_chat_session_get_busy (self))
    return;
  self->shrinking = FALSE;
  if (self->waiting != NULL)
    {
      mill_message_finish (self->waiting, MILL_MESSAGE_STOPPED, NULL);
      g_clear_object (&self->waiting);
    }
  else
    {
      Request *request = g_steal_pointer (&self->request);

      /* The model ends within a token; the person need not wait for that. */
      mill_message_finish (request->answer, MILL_MESSAGE_STOPPED, NULL);
      g_cancellable_cancel (request->cancellable);
    }
  notify (self, PROP_BUSY);
}

static void
answer_in_place_of (MillChatSession *self, MillMessage *answer)
{
  gboolean says_nothing
    = mill_message_get_text_length (answer) == 0 && *mill_message_get_reasoning (answer) == '\0';

  if (says_nothing)
    {
      mill_message_restart (answer);
      begin (self, answer);
    }
  else
    {
      begin (self, mill_conversation_begin_alternative (self->conversation, answer, NULL));
    }
}

void
mill_chat_session_ask_again (MillChatSession *self, MillMessage *answer)
{
  guint last;

  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  if (!can_begin (self) || mill_message_get_role (answer) != MILL_MESSAGE_ROLE_ASSISTANT || count_messages (self) < 2)
    return;
  last = count_messages (self) - 1;
  /* An answer without words that others follow stands in their branch: it is left there. */
  if (peek_message (self, last) != answer && mill_message_get_text_length (answer) == 0)
    begin (self, mill_conversation_begin_alternative (self->conversation, answer, NULL));
  else
    answer_in_place_of (self, answer);
}

void
mill_chat_session_edit (MillChatSession *self, MillMessage *question, const char *text)
{
  g_autofree char *trimmed = NULL;

  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  trimmed = g_strstrip (g_strdup (text));
  if (!can_begin (self) || *trimmed == '\0')
    return;
  mill_conversation_edit_message (self->conversation, question, trimmed);
  if (self->first_sent >= count_messages (self))
    set_first_sent (self, 0);
  begin (self, mill_conversation_begin_answer (self->conversation, NULL));
}

void
mill_chat_session_continue_without_oldest (MillChatSession *self)
{
  MillMessage *answer;

  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  answer = mill_chat_session_get_last_answer (self);
  if (answer == NULL || !can_begin (self))
    return;
  self->shrinking = TRUE;
  leave_out_oldest (self);
  answer_in_place_of (self, answer);
}

/* --- Reading --- */

static void
loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (MillChatSession) self = data;
  g_autoptr (GError) error = NULL;

  if (!mill_conversation_load_finish (MILL_CONVERSATION (source), result, &error)
      && g_set_str (&self->load_error, error->message))
    notify (self, PROP_LOAD_ERROR);
  g_clear_object (&self->load);
  if (error == NULL)
    {
      MillMessage *answer = mill_chat_session_get_last_answer (self);
      MillMessageUsage usage = { 0 };

      if (answer != NULL)
        mill_message_get_usage (answer, &usage);
      self->context_used = usage.prompt_tokens + usage.completion_tokens;
      notify (self, PROP_USAGE);
    }
  notify (self, PROP_LOADING);
}

void
mill_chat_session_load (MillChatSession *self)
{
  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  if (self->load != NULL || mill_conversation_get_loaded (self->conversation))
    return;
  self->load = g_cancellable_new ();
  if (g_set_str (&self->load_error, NULL))
    notify (self, PROP_LOAD_ERROR);
  notify (self, PROP_LOADING);
  mill_conversation_load_async (self->conversation, self->load, loaded, g_object_ref (self));
}

/* --- Facts --- */

MillConversation *
mill_chat_session_get_conversation (MillChatSession *self)
{
  return self->conversation;
}

gboolean
mill_chat_session_get_busy (MillChatSession *self)
{
  return self->request != NULL || self->waiting != NULL;
}

gboolean
mill_chat_session_get_loading (MillChatSession *self)
{
  return self->load != NULL;
}

const char *
mill_chat_session_get_load_error (MillChatSession *self)
{
  return self->load_error;
}

double
mill_chat_session_get_progress (MillChatSession *self)
{
  return self->progress;
}

gboolean
mill_chat_session_get_context_full (MillChatSession *self)
{
  return self->context_full;
}

guint
mill_chat_session_get_first_sent (MillChatSession *self)
{
  return self->first_sent;
}

void
mill_chat_session_set_model (MillChatSession *self, MillChatModel *model)
{
  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  if (!g_set_object (&self->model, model))
    return;
  notify (self, PROP_USAGE);
  if (model != NULL && self->waiting != NULL)
    {
      g_autoptr (MillMessage) waiting = g_steal_pointer (&self->waiting);

      start_request (self, waiting);
    }
}

void
mill_chat_session_fail_waiting (MillChatSession *self, const GError *error)
{
  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  if (self->waiting == NULL)
    return;
  mill_message_finish (self->waiting, MILL_MESSAGE_FAILED, error->message);
  g_clear_object (&self->waiting);
  notify (self, PROP_BUSY);
}

void
mill_chat_session_set_options (MillChatSession *self, const MillChatOptions *options)
{
  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  self->options = *options;
}

void
mill_chat_session_set_instructions (MillChatSession *self, const char *instructions)
{
  g_return_if_fail (MILL_IS_CHAT_SESSION (self));
  g_set_str (&self->instructions, instructions);
}

guint
mill_chat_session_get_context_used (MillChatSession *self)
{
  return self->context_used;
}

guint
mill_chat_session_get_context_length (MillChatSession *self)
{
  return self->model != NULL ? mill_chat_model_get_context_length (self->model) : 0;
}

double
mill_chat_session_get_speed (MillChatSession *self)
{
  return self->speed;
}

static MillMessage *
find_last (MillChatSession *self, MillMessageRole role)
{
  for (guint i = count_messages (self); i-- > 0;)
    {
      if (mill_message_get_role (peek_message (self, i)) == role)
        return peek_message (self, i);
    }
  return NULL;
}

MillMessage *
mill_chat_session_get_last_answer (MillChatSession *self)
{
  return find_last (self, MILL_MESSAGE_ROLE_ASSISTANT);
}

MillMessage *
mill_chat_session_get_last_question (MillChatSession *self)
{
  return find_last (self, MILL_MESSAGE_ROLE_USER);
}

/* --- Object --- */

static void
mill_chat_session_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MillChatSession *self = MILL_CHAT_SESSION (object);

  switch (id)
    {
    case PROP_BUSY:
      g_value_set_boolean (value, mill_chat_session_get_busy (self));
      break;
    case PROP_LOADING:
      g_value_set_boolean (value, mill_chat_session_get_loading (self));
      break;
    case PROP_LOAD_ERROR:
      g_value_set_string (value, self->load_error);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;
    case PROP_USAGE:
      g_value_set_boolean (value, TRUE);
      break;
    case PROP_CONTEXT_FULL:
      g_value_set_boolean (value, self->context_full);
      break;
    case PROP_FIRST_SENT:
      g_value_set_uint (value, self->first_sent);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
mill_chat_session_dispose (GObject *object)
{
  MillChatSession *self = MILL_CHAT_SESSION (object);

  g_clear_object (&self->waiting);
  g_clear_object (&self->model);
  g_clear_object (&self->load);
  g_clear_object (&self->conversation);
  G_OBJECT_CLASS (mill_chat_session_parent_class)->dispose (object);
}

static void
mill_chat_session_finalize (GObject *object)
{
  MillChatSession *self = MILL_CHAT_SESSION (object);

  g_free (self->instructions);
  g_free (self->load_error);
  G_OBJECT_CLASS (mill_chat_session_parent_class)->finalize (object);
}

static void
mill_chat_session_class_init (MillChatSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = mill_chat_session_get_property;
  object_class->dispose = mill_chat_session_dispose;
  object_class->finalize = mill_chat_session_finalize;

  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  properties[PROP_LOAD_ERROR] = g_param_spec_string ("load-error", NULL, NULL, NULL, flags);
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_USAGE] = g_param_spec_boolean ("usage", NULL, NULL, TRUE, flags);
  properties[PROP_CONTEXT_FULL] = g_param_spec_boolean ("context-full", NULL, NULL, FALSE, flags);
  properties[PROP_FIRST_SENT] = g_param_spec_uint ("first-sent", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mill_chat_session_init (MillChatSession *self)
{
  self->options = MILL_CHAT_OPTIONS_DEFAULT;
}

MillChatSession *
mill_chat_session_new (MillConversation *conversation)
{
  MillChatSession *self;

  g_return_val_if_fail (MILL_IS_CONVERSATION (conversation), NULL);
  self = g_object_new (MILL_TYPE_CHAT_SESSION, NULL);
  self->conversation = g_object_ref (conversation);
  return self;
}
