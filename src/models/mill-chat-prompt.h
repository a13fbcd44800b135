/* mill-chat-prompt.h: from messages to the tokens that a model reads.
 *
 * The chat template of the model's file (Jinja), or a known format where it has none, writes the
 * prompt. Special tokens are matched only in what the template wrote: “<|im_end|>” typed by a person
 * stays text, whatever the vocabulary holds.
 *
 * Thread-safety: immutable once made; any thread may use it.
 */
#pragma once

#include "engine/mill-tokenizer.h"
#include "mill-chat-model.h"

G_BEGIN_DECLS

typedef struct _MillChatPrompt MillChatPrompt;

/* `source` is the file's chat template; NULL or "": the format that the vocabulary's special tokens
 * point to (ChatML, Llama 3, DeepSeek), else plain “User:” and “Assistant:”.
 * Errors: MILL_CHAT_ERROR_TEMPLATE where `source` does not parse, naming the line. */
MillChatPrompt *mill_chat_prompt_new (const char *source, const MillTokenizer *tokenizer, GError **error);
MillChatPrompt *mill_chat_prompt_ref (MillChatPrompt *self);
void            mill_chat_prompt_unref (MillChatPrompt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillChatPrompt, mill_chat_prompt_unref)

/* The name of the format: "template" (the file's own), "chatml", "llama3", "deepseek", "plain". */
const char *mill_chat_prompt_get_format (const MillChatPrompt *self);

/* The text that the template makes of `messages` (MillChatMessage), with the beginning of an answer
 * (add_generation_prompt). Errors: MILL_CHAT_ERROR_TEMPLATE, also where the template refuses them. */
char *mill_chat_prompt_render (const MillChatPrompt *self, GPtrArray *messages, GCancellable *cancellable, GError **error);

/* The tokens of that text: a new GArray of guint32. `*thinks`, where wanted, tells whether the prompt
 * ends inside of an open <think>, so that the answer begins with reasoning. */
GArray *mill_chat_prompt_encode (const MillChatPrompt *self, GPtrArray *messages, gboolean *thinks,
                                 GCancellable *cancellable, GError **error);

G_END_DECLS
