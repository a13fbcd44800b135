/* mill-chat-model.h: what a chat model is, whoever runs it.
 *
 * A model takes messages and options and gives a stream of deltas: reasoning, text, usage. The local
 * engine and remote endpoints implement it alike, so a conversation or a workflow node does not know
 * which it talks to.
 *
 * Thread-safety: call from the thread whose thread-default main context is to receive the deltas;
 * deltas and the callback arrive there, in order, the callback last.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MILL_CHAT_ERROR (mill_chat_error_quark ())
GQuark mill_chat_error_quark (void);

typedef enum {
  MILL_CHAT_ERROR_FAILED,
  /* The messages and the room asked for the answer do not fit the context: nothing was cut. */
  MILL_CHAT_ERROR_CONTEXT_FULL,
  /* The model's chat template refuses these messages, or cannot be read. */
  MILL_CHAT_ERROR_TEMPLATE,
  /* The device was lost or has not enough memory. */
  MILL_CHAT_ERROR_DEVICE,
} MillChatError;

typedef enum {
  MILL_CHAT_ROLE_SYSTEM,
  MILL_CHAT_ROLE_USER,
  MILL_CHAT_ROLE_ASSISTANT,
  MILL_CHAT_ROLE_TOOL,
} MillChatRole;

/* "system", "user", "assistant", "tool": as templates, endpoints and the store spell them. */
const char *mill_chat_role_to_string (MillChatRole role);
gboolean    mill_chat_role_from_string (const char *text, MillChatRole *role);

typedef struct {
  MillChatRole role;
  char        *text;      /* UTF-8, never NULL */
  char        *reasoning; /* what the model thought before an assistant's text, or NULL */
} MillChatMessage;

#define MILL_TYPE_CHAT_MESSAGE (mill_chat_message_get_type ())
GType            mill_chat_message_get_type (void);
MillChatMessage *mill_chat_message_new (MillChatRole role, const char *text, const char *reasoning);
MillChatMessage *mill_chat_message_copy (const MillChatMessage *message);
void             mill_chat_message_free (MillChatMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillChatMessage, mill_chat_message_free)

/* How an answer is sampled and bounded. Initialise with MILL_CHAT_OPTIONS_DEFAULT. */
typedef struct {
  float       temperature;        /* 0: always the likeliest token */
  guint       top_k;              /* 0: off */
  float       top_p;              /* 1: off */
  float       min_p;              /* 0: off */
  float       repetition_penalty; /* 1: off */
  guint64     seed;               /* 0: a new one each time */
  guint       max_tokens;         /* of the answer, reasoning included; 0: whatever the context holds */
  int         priority;           /* higher goes first; 0 is a person waiting, negative is batch work */
} MillChatOptions;

#define MILL_CHAT_OPTIONS_DEFAULT \
  ((MillChatOptions) { .temperature = 0.7f, .top_k = 40, .top_p = 0.95f, .min_p = 0.05f, .repetition_penalty = 1.0f })

typedef enum {
  MILL_CHAT_FINISH_STOP,      /* the model ended its answer */
  MILL_CHAT_FINISH_LENGTH,    /* max_tokens or the end of the context was reached */
  MILL_CHAT_FINISH_CANCELLED,
} MillChatFinish;

/* What a request cost. Counts are tokens, times are seconds. */
typedef struct {
  guint          prompt_tokens;
  guint          cached_tokens;     /* of prompt_tokens, found in the KV cache */
  guint          completion_tokens; /* reasoning included */
  guint          context_length;    /* what the context holds in all; 0 where not known */
  double         prompt_seconds;
  double         generation_seconds;
  MillChatFinish finish;
} MillChatUsage;

typedef enum {
  MILL_CHAT_DELTA_PROGRESS,  /* prompt processing: usage.prompt_tokens is the whole, cached_tokens what is done */
  MILL_CHAT_DELTA_REASONING,
  MILL_CHAT_DELTA_TEXT,
} MillChatDeltaKind;

typedef struct {
  MillChatDeltaKind kind;
  const char       *text;  /* whole UTF-8 characters, to be appended; NULL for PROGRESS */
  MillChatUsage     usage; /* as far as it is known by now */
} MillChatDelta;

typedef void (*MillChatDeltaFunc) (const MillChatDelta *delta, gpointer user_data);

#define MILL_TYPE_CHAT_MODEL (mill_chat_model_get_type ())
G_DECLARE_INTERFACE (MillChatModel, mill_chat_model, MILL, CHAT_MODEL, GObject)

struct _MillChatModelInterface {
  GTypeInterface parent;

  const char *(*get_name) (MillChatModel *self);
  guint (*get_context_length) (MillChatModel *self);
  void (*generate_async) (MillChatModel *self, GPtrArray *messages, const MillChatOptions *options,
                          MillChatDeltaFunc delta, gpointer delta_data, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*generate_finish) (MillChatModel *self, GAsyncResult *result, MillChatUsage *usage, GError **error);
};

/* A name for people, such as "SmolLM2 135M Instruct". */
const char *mill_chat_model_get_name (MillChatModel *self);

/* Tokens that prompt and answer may have together; 0 where not known. */
guint mill_chat_model_get_context_length (MillChatModel *self);

/* Answers `messages` (MillChatMessage, oldest first; the model keeps what it needs of them).
 * `delta` is called for every piece until the callback runs. Cancelling ends the answer within a
 * token or a chunk of the prompt: the finish then gives G_IO_ERROR_CANCELLED, and what was
 * delivered stays delivered. */
void mill_chat_model_generate_async (MillChatModel *self, GPtrArray *messages, const MillChatOptions *options,
                                     MillChatDeltaFunc delta, gpointer delta_data, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);

/* Ends a request. `usage`, where not NULL, is filled as far as known also on failure. */
gboolean mill_chat_model_generate_finish (MillChatModel *self, GAsyncResult *result, MillChatUsage *usage,
                                          GError **error);

G_END_DECLS
