/* What a chat model is: messages, roles, and the calls through the interface. */
#include "mill-chat-model.h"

#include <string.h>

G_DEFINE_QUARK (mill-chat-error-quark, mill_chat_error)

static const char *const role_names[] = {
  [MILL_CHAT_ROLE_SYSTEM] = "system",
  [MILL_CHAT_ROLE_USER] = "user",
  [MILL_CHAT_ROLE_ASSISTANT] = "assistant",
  [MILL_CHAT_ROLE_TOOL] = "tool",
};

const char *
mill_chat_role_to_string (MillChatRole role)
{
  g_return_val_if_fail ((guint) role < G_N_ELEMENTS (role_names), NULL);
  return role_names[role];
}

gboolean
mill_chat_role_from_string (const char *text, MillChatRole *role)
{
  for (guint i = 0; i < G_N_ELEMENTS (role_names); i++)
    if (g_strcmp0 (text, role_names[i]) == 0)
      {
        *role = i;
        return TRUE;
      }
  return FALSE;
}

G_DEFINE_BOXED_TYPE (MillChatMessage, mill_chat_message, mill_chat_message_copy, mill_chat_message_free)

MillChatMessage *
mill_chat_message_new (MillChatRole role, const char *text, const char *reasoning)
{
  MillChatMessage *self = g_new0 (MillChatMessage, 1);
  self->role = role;
  self->text = g_strdup (text != NULL ? text : "");
  self->reasoning = g_strdup (reasoning);
  return self;
}

MillChatMessage *
mill_chat_message_copy (const MillChatMessage *message)
{
  return mill_chat_message_new (message->role, message->text, message->reasoning);
}

void
mill_chat_message_free (MillChatMessage *message)
{
  if (message == NULL)
    return;
  g_free (message->text);
  g_free (message->reasoning);
  g_free (message);
}

G_DEFINE_INTERFACE (MillChatModel, mill_chat_model, G_TYPE_OBJECT)

static void
mill_chat_model_default_init (MillChatModelInterface *iface)
{
}

const char *
mill_chat_model_get_name (MillChatModel *self)
{
  g_return_val_if_fail (MILL_IS_CHAT_MODEL (self), NULL);
  return MILL_CHAT_MODEL_GET_IFACE (self)->get_name (self);
}

guint
mill_chat_model_get_context_length (MillChatModel *self)
{
  g_return_val_if_fail (MILL_IS_CHAT_MODEL (self), 0);
  return MILL_CHAT_MODEL_GET_IFACE (self)->get_context_length (self);
}

void
mill_chat_model_generate_async (MillChatModel *self, GPtrArray *messages, const MillChatOptions *options,
                                MillChatDeltaFunc delta, gpointer delta_data, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (MILL_IS_CHAT_MODEL (self));
  g_return_if_fail (messages != NULL && options != NULL);
  MILL_CHAT_MODEL_GET_IFACE (self)->generate_async (self, messages, options, delta, delta_data, cancellable, callback,
                                                    user_data);
}

gboolean
mill_chat_model_generate_finish (MillChatModel *self, GAsyncResult *result, MillChatUsage *usage, GError **error)
{
  g_return_val_if_fail (MILL_IS_CHAT_MODEL (self), FALSE);
  return MILL_CHAT_MODEL_GET_IFACE (self)->generate_finish (self, result, usage, error);
}
