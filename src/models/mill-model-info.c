/* What is known of a model file before it is opened. */
#include "mill-model-info.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "engine/mill-gguf.h"
#include "engine/mill-hparams.h"
#include "mill-model-library.h"
#include "mill-model-name.h"

/* What the engine opens a model with where nothing else is asked for (mill-engine.h). */
#define DEFAULT_CONTEXT 4096
/* Tokens of a prompt that are processed at once, at most, for the estimate of working memory. */
#define WORKING_TOKENS 512

typedef struct {
  char       *name;
  const char *quantisation; /* static */
  guint64     size;
  guint64     n_parameters;
  guint64     weight_bytes;
  MillHparams hparams;
} Facts;

struct _MillModelInfo {
  GObject            parent_instance;

  char              *path;
  char              *name;
  char              *problem;
  MillModelInfoState state;
  Facts             *facts; /* NULL until READY */
};

enum { PROP_0, PROP_STATE, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_ENUM_TYPE (MillModelInfoState, mill_model_info_state,
                    G_DEFINE_ENUM_VALUE (MILL_MODEL_INFO_READING, "reading"),
                    G_DEFINE_ENUM_VALUE (MILL_MODEL_INFO_READY, "ready"),
                    G_DEFINE_ENUM_VALUE (MILL_MODEL_INFO_MISSING, "missing"),
                    G_DEFINE_ENUM_VALUE (MILL_MODEL_INFO_BAD, "bad"))

G_DEFINE_FINAL_TYPE (MillModelInfo, mill_model_info, G_TYPE_OBJECT)

static void
facts_free (Facts *facts)
{
  g_free (facts->name);
  g_free (facts);
}

/* Reading, in another thread ---------------------------------------------------------------------- */

static guint64
count_values (const MillGgufTensor *tensor)
{
  return tensor->dims[0] * tensor->dims[1] * tensor->dims[2] * tensor->dims[3];
}

/* Parameters, bytes, and the type that most values of matrices have. */
static void
read_tensors (Facts *facts, const MillGguf *gguf)
{
  guint64 by_type[64] = { 0 };
  guint most = 0;
  for (gsize i = 0; i < mill_gguf_get_n_tensors (gguf); i++)
    {
      const MillGgufTensor *tensor = mill_gguf_get_tensor (gguf, i);
      facts->n_parameters += count_values (tensor);
      facts->weight_bytes += tensor->n_bytes;
      if (tensor->n_dims >= 2 && (guint) tensor->type < G_N_ELEMENTS (by_type))
        by_type[tensor->type] += count_values (tensor);
    }
  for (guint type = 0; type < G_N_ELEMENTS (by_type); type++)
    if (by_type[type] > by_type[most])
      most = type;
  const MillQuantInfo *info = mill_quant_get_info (most);
  facts->quantisation = info != NULL ? info->name : "";
}

static gboolean
check_exists (const char *path, guint64 *size, GError **error)
{
  GStatBuf status;
  if (g_stat (path, &status) == 0)
    {
      *size = status.st_size;
      return TRUE;
    }
  int code = errno;
  g_autofree char *name = g_filename_display_name (path);
  if (code == ENOENT || code == ENOTDIR)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no file %s any more.", name);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Could not read %s: %s.", name, g_strerror (code));
  return FALSE;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const char *path = data;
  GError *error = NULL;
  Facts *facts = g_new0 (Facts, 1);
  g_autoptr (MillGguf) gguf = NULL;
  if (check_exists (path, &facts->size, &error))
    gguf = mill_gguf_open (path, &error);
  if (gguf == NULL || !mill_hparams_read (&facts->hparams, gguf, &error))
    {
      facts_free (facts);
      g_task_return_error (task, error);
      return;
    }
  facts->name = mill_model_name (path, mill_gguf_get_string (gguf, "general.name", NULL));
  read_tensors (facts, gguf);
  g_task_return_pointer (task, facts, (GDestroyNotify) facts_free);
}

/* Main thread ------------------------------------------------------------------------------------- */

static void
set_state (MillModelInfo *self, MillModelInfoState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MillModelInfo *self = MILL_MODEL_INFO (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  Facts *facts = g_task_propagate_pointer (G_TASK (result), &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&self->facts, facts_free);
  g_clear_pointer (&self->problem, g_free);
  if (facts != NULL)
    {
      self->facts = facts;
      g_set_str (&self->name, facts->name);
      set_state (self, MILL_MODEL_INFO_READY);
      g_task_return_boolean (task, TRUE);
      return;
    }
  self->problem = g_strdup (error->message);
  set_state (self, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? MILL_MODEL_INFO_MISSING : MILL_MODEL_INFO_BAD);
  g_task_return_error (task, error);
}

void
mill_model_info_read_async (MillModelInfo *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (MILL_IS_MODEL_INFO (self));
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, mill_model_info_read_async);
  g_autoptr (GTask) reading = g_task_new (self, cancellable, on_read, task);
  g_task_set_task_data (reading, g_strdup (self->path), g_free);
  g_task_run_in_thread (reading, read_in_thread);
}

gboolean
mill_model_info_read_finish (MillModelInfo *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

MillModelInfoState
mill_model_info_get_state (MillModelInfo *self)
{
  return self->state;
}

const char *
mill_model_info_get_path (MillModelInfo *self)
{
  return self->path;
}

const char *
mill_model_info_get_problem (MillModelInfo *self)
{
  return self->problem;
}

const char *
mill_model_info_get_name (MillModelInfo *self)
{
  return self->name;
}

const char *
mill_model_info_get_architecture (MillModelInfo *self)
{
  return self->facts != NULL ? self->facts->hparams.architecture : "";
}

const char *
mill_model_info_get_quantisation (MillModelInfo *self)
{
  return self->facts != NULL ? self->facts->quantisation : "";
}

guint64
mill_model_info_get_size (MillModelInfo *self)
{
  return self->facts != NULL ? self->facts->size : 0;
}

guint64
mill_model_info_get_n_parameters (MillModelInfo *self)
{
  return self->facts != NULL ? self->facts->n_parameters : 0;
}

guint
mill_model_info_get_context_length (MillModelInfo *self)
{
  return self->facts != NULL ? self->facts->hparams.context : 0;
}

guint64
mill_model_info_get_memory (MillModelInfo *self, guint context_length)
{
  if (self->facts == NULL)
    return 0;
  const MillHparams *h = &self->facts->hparams;
  guint64 context = context_length > 0 ? context_length : MIN (h->context, DEFAULT_CONTEXT);
  /* Keys and values as f16, in each layer. */
  guint64 cache = context * h->n_layers * h->n_kv_heads * h->head_dim * 2 * sizeof (guint16);
  /* Activations in float32: the residual stream and its norm, Q, K and V, both halves of the feed-forward layer. */
  guint64 a_token = 4ull * h->n_embd + 2ull * (h->n_heads + h->n_kv_heads) * h->head_dim + 3ull * h->n_ff;
  guint64 working = (WORKING_TOKENS * a_token + 16ull * h->n_vocab) * sizeof (float);
  return self->facts->weight_bytes + cache + working;
}

gboolean
mill_model_info_get_starter (MillModelInfo *self)
{
  g_autofree char *base = g_path_get_basename (self->path);
  return g_str_equal (base, MILL_STARTER_FILE);
}

static void
mill_model_info_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_STATE)
    g_value_set_enum (value, MILL_MODEL_INFO (object)->state);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
mill_model_info_finalize (GObject *object)
{
  MillModelInfo *self = MILL_MODEL_INFO (object);
  g_clear_pointer (&self->facts, facts_free);
  g_free (self->path);
  g_free (self->name);
  g_free (self->problem);
  G_OBJECT_CLASS (mill_model_info_parent_class)->finalize (object);
}

static void
mill_model_info_class_init (MillModelInfoClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = mill_model_info_get_property;
  object_class->finalize = mill_model_info_finalize;
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, MILL_TYPE_MODEL_INFO_STATE, MILL_MODEL_INFO_READING,
                                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
mill_model_info_init (MillModelInfo *self)
{
}

MillModelInfo *
mill_model_info_new (const char *path)
{
  g_return_val_if_fail (path != NULL && g_path_is_absolute (path), NULL);
  MillModelInfo *self = g_object_new (MILL_TYPE_MODEL_INFO, NULL);
  self->path = g_strdup (path);
  self->name = mill_model_name (path, NULL);
  return self;
}
