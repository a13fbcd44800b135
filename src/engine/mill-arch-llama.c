/* llama and qwen2: the transformer of Touvron et al. 2023 ("LLaMA") and Yang et al. 2024 ("Qwen2"), which
 * differ in biases on queries, keys and values and in which dimensions RoPE pairs. */
#include "mill-arch.h"

typedef struct {
  const MillVector *attn_norm, *ffn_norm; /* [n_embd] */
  const MillMatrix *qkv[3];               /* [(n_heads + 2 n_kv_heads) head_dim][n_embd], in n_qkv pieces */
  guint             n_qkv;
  const MillVector *qkv_bias;             /* qwen2 */
  const MillMatrix *attn_output;          /* [n_embd][n_heads head_dim] */
  const MillMatrix *ffn_gate, *ffn_up;    /* [n_ff][n_embd] */
  const MillMatrix *ffn_down;             /* [n_embd][n_ff] */
} Layer;

typedef struct {
  gboolean          halves; /* RoPE pairs (i, i + n_rot / 2) */
  const MillMatrix *embedding; /* [n_vocab][n_embd] */
  const MillVector *output_norm;
  const MillMatrix *output; /* the embedding where it is tied */
  guint             n_layers;
  Layer             layers[];
} Model;

enum { X, NORMED, QKV, Q, ATTENDED, HIDDEN, N_TENSORS };

static guint
sizes (const MillHparams *h, guint *size)
{
  size[X] = size[NORMED] = h->n_embd;
  size[QKV] = (h->n_heads + 2 * h->n_kv_heads) * h->head_dim;
  size[Q] = size[ATTENDED] = h->n_heads * h->head_dim;
  size[HIDDEN] = h->n_ff;
  return N_TENSORS;
}

static const MillVector *
add_vector (MillWeights *weights, guint layer, const char *name, guint64 n, GError **error)
{
  g_autofree char *full = g_strdup_printf ("blk.%u.%s", layer, name);
  const char *names[] = { full };
  return mill_weights_add_vector (weights, names, &n, 1, error);
}

static const MillMatrix *
add_matrix (MillWeights *weights, guint layer, const char *name, guint64 n_rows, guint64 n_cols, GError **error)
{
  g_autofree char *full = g_strdup_printf ("blk.%u.%s", layer, name);
  return mill_weights_add_matrix (weights, full, n_rows, n_cols, error);
}

static gboolean
load_qkv (Layer *layer, guint index, const MillHparams *h, MillWeights *weights, gboolean bias, GError **error)
{
  static const char *const kinds[] = { "q", "k", "v" };
  const guint64 kv = (guint64) h->n_kv_heads * h->head_dim;
  const guint64 rows[] = { (guint64) h->n_heads * h->head_dim, kv, kv };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) biases = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 3; i++)
    {
      g_ptr_array_add (names, g_strdup_printf ("blk.%u.attn_%s.weight", index, kinds[i]));
      g_ptr_array_add (biases, g_strdup_printf ("blk.%u.attn_%s.bias", index, kinds[i]));
    }
  layer->n_qkv = mill_weights_add_stack (weights, (const char *const *) names->pdata, rows, 3, h->n_embd, layer->qkv, error);
  if (layer->n_qkv == 0)
    return FALSE;
  if (bias)
    layer->qkv_bias = mill_weights_add_vector (weights, (const char *const *) biases->pdata, rows, 3, error);
  return !bias || layer->qkv_bias != NULL;
}

static gboolean
load_layer (Layer *layer, guint i, const MillHparams *h, MillWeights *weights, gboolean bias, GError **error)
{
  return (layer->attn_norm = add_vector (weights, i, "attn_norm.weight", h->n_embd, error)) != NULL &&
         load_qkv (layer, i, h, weights, bias, error) &&
         (layer->attn_output = add_matrix (weights, i, "attn_output.weight", h->n_embd, (guint64) h->n_heads * h->head_dim, error)) != NULL &&
         (layer->ffn_norm = add_vector (weights, i, "ffn_norm.weight", h->n_embd, error)) != NULL &&
         (layer->ffn_gate = add_matrix (weights, i, "ffn_gate.weight", h->n_ff, h->n_embd, error)) != NULL &&
         (layer->ffn_up = add_matrix (weights, i, "ffn_up.weight", h->n_ff, h->n_embd, error)) != NULL &&
         (layer->ffn_down = add_matrix (weights, i, "ffn_down.weight", h->n_embd, h->n_ff, error)) != NULL;
}

static gpointer
load (const MillHparams *h, MillWeights *weights, gboolean qwen2, GError **error)
{
  static const char *const norm_name = "output_norm.weight";
  const guint64 n_embd = h->n_embd;
  g_autofree Model *model = g_malloc0 (sizeof (Model) + h->n_layers * sizeof (Layer));
  model->halves = qwen2;
  model->n_layers = h->n_layers;
  model->embedding = mill_weights_add_matrix (weights, "token_embd.weight", h->n_vocab, h->n_embd, error);
  if (model->embedding == NULL)
    return NULL;
  model->output_norm = mill_weights_add_vector (weights, &norm_name, &n_embd, 1, error);
  if (model->output_norm == NULL)
    return NULL;
  model->output = model->embedding;
  if (mill_weights_has (weights, "output.weight"))
    model->output = mill_weights_add_matrix (weights, "output.weight", h->n_vocab, h->n_embd, error);
  if (model->output == NULL)
    return NULL;
  for (guint i = 0; i < h->n_layers; i++)
    {
      g_autofree char *bias = g_strdup_printf ("blk.%u.attn_q.bias", i);
      if (!load_layer (&model->layers[i], i, h, weights, qwen2 || mill_weights_has (weights, bias), error))
        return NULL;
    }
  return g_steal_pointer (&model);
}

static gpointer
load_llama (const MillHparams *h, MillWeights *weights, GError **error)
{
  return load (h, weights, FALSE, error);
}

static gpointer
load_qwen2 (const MillHparams *h, MillWeights *weights, GError **error)
{
  return load (h, weights, TRUE, error);
}

static gboolean
attend (const Model *model, guint index, MillGraph *g, MillTensor *t, GError **error)
{
  const Layer *layer = &model->layers[index];
  if (!mill_graph_norm (g, &t[X], layer->attn_norm, FALSE, &t[NORMED], error))
    return FALSE;
  for (guint i = 0, row = 0; i < layer->n_qkv; row += layer->qkv[i]->n_rows, i++)
    {
      const MillMatrixOptions options = {
        .epilogue = layer->qkv_bias != NULL ? MILL_EPILOGUE_BIAS : MILL_EPILOGUE_NONE,
        .bias = layer->qkv_bias,
        .first_row = row,
      };
      if (!mill_graph_matrix (g, layer->qkv[i], &t[NORMED], &t[QKV], &options, error))
        return FALSE;
    }
  const MillMatrixOptions residual = { .epilogue = MILL_EPILOGUE_RESIDUAL, .residual = &t[X] };
  return mill_graph_rope (g, index, &t[QKV], model->halves, &t[Q], error) &&
         mill_graph_attention (g, index, &t[Q], &t[ATTENDED], error) &&
         mill_graph_matrix (g, layer->attn_output, &t[ATTENDED], &t[X], &residual, error);
}

static gboolean
feed_forward (const Model *model, guint index, MillGraph *g, MillTensor *t, GError **error)
{
  const Layer *layer = &model->layers[index];
  const MillMatrixOptions gated = { .epilogue = MILL_EPILOGUE_GATED, .second = layer->ffn_up };
  const MillMatrixOptions residual = { .epilogue = MILL_EPILOGUE_RESIDUAL, .residual = &t[X] };
  return mill_graph_norm (g, &t[X], layer->ffn_norm, FALSE, &t[NORMED], error) &&
         mill_graph_matrix (g, layer->ffn_gate, &t[NORMED], &t[HIDDEN], &gated, error) &&
         mill_graph_matrix (g, layer->ffn_down, &t[HIDDEN], &t[X], &residual, error);
}

static gboolean
body (gpointer data, MillGraph *g, MillTensor *t, GError **error)
{
  const Model *model = data;
  if (!mill_graph_embed (g, model->embedding, &t[X], error))
    return FALSE;
  for (guint i = 0; i < model->n_layers; i++)
    {
      mill_plan_split (g->plan);
      if (!attend (model, i, g, t, error) || !feed_forward (model, i, g, t, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
head (gpointer data, MillGraph *g, MillTensor *t, MillTensor *logits, GError **error)
{
  const Model *model = data;
  return mill_graph_norm (g, &t[X], model->output_norm, TRUE, &t[NORMED], error) &&
         mill_graph_matrix (g, model->output, &t[NORMED], logits, NULL, error);
}

const MillArch mill_arch_llama = { "llama", load_llama, sizes, body, head };
const MillArch mill_arch_qwen2 = { "qwen2", load_qwen2, sizes, body, head };
