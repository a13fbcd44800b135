#version 450
// Attention over the KV cache: y[t][h] = sum over j <= p of softmax_j(q[t][h] · key[j]) value[j].
//
// q [n][n_heads HEAD_DIM] (turned and scaled), y [n][y_stride], p = positions[t]. Softmax in one pass with a
// running maximum (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
// Work-group (i, b): HEADS query heads that share a KV head, for the up to QUERIES tokens of block b, which
// are of one sequence: blocks [n_blocks] (first token, tokens, row of the page table, -).
// Keys: a lane owns a position, so a query's dimension is handed round and no sum crosses lanes. Values: a
// lane owns dimensions, and the weights are handed round.
#include "common.glsl"

layout(constant_id = 1) const uint HEAD_DIM = 64;
layout(constant_id = 2) const uint HEADS = 1;
layout(constant_id = 3) const uint QUERIES = 1;

#include "kv.glsl"

layout(push_constant, std430) uniform Push {
  Floats q;
  Words keys, values;
  Floats y;
  Words positions;
  Words4 blocks;
  Words pages; // [sequences][table_stride]
  Count count; // of blocks
  uint n_heads, n_kv_heads, y_stride, table_stride;
};

const uint N = HEADS * QUERIES;
const uint DIMS = (HEAD_DIM + SUBGROUP - 1) / SUBGROUP;        // of a query, a lane
const uint WORDS = (HEAD_WORDS + SUBGROUP - 1) / SUBGROUP;     // of a value, a lane
const float LOWEST = -3.0e38;

void main() {
  if (gl_WorkGroupID.y >= count.n)
    return;
  const uint lane = gl_SubgroupInvocationID;
  const uvec4 block = blocks.at[gl_WorkGroupID.y];
  const uint per_kv = n_heads / n_kv_heads;
  const uint first_head = gl_WorkGroupID.x * HEADS;
  const uint kv_head = first_head / per_kv;

  float query[N * DIMS];
  uint last[N];
  float top[N], total[N], sum[N * WORDS * PER_WORD];
  [[unroll]] for (uint i = 0; i < N; i++) {
    const uint token = block.x + min(i / HEADS, block.y - 1);
    last[i] = positions.at[token];
    top[i] = LOWEST;
    total[i] = 0.0;
    [[unroll]] for (uint k = 0; k < DIMS; k++)
      query[i * DIMS + k] = q.at[(token * n_heads + first_head + i % HEADS) * HEAD_DIM + min(lane + k * SUBGROUP, HEAD_DIM - 1)];
    [[unroll]] for (uint k = 0; k < WORDS * PER_WORD; k++)
      sum[i * WORDS * PER_WORD + k] = 0.0;
  }

  const uint end = last[N - 1] + 1;
  for (uint first = 0; first < end; first += SUBGROUP) {
    const uint base = page_base(pages.at[block.z * table_stride + first / PAGE], kv_head, n_kv_heads);
    const uint slot = first % PAGE;

    float score[N];
    [[unroll]] for (uint i = 0; i < N; i++)
      score[i] = 0.0;
    [[unroll]] for (uint word = 0; word < HEAD_WORDS; word++) {
      const uint bits = keys.at[key_word(base, word, slot + lane)];
#if defined(KV_F16)
      const vec2 key = kv_unpack(bits);
      [[unroll]] for (uint i = 0; i < N; i++) {
        const uint d = 2 * word;
        score[i] = fma(subgroupBroadcast(query[i * DIMS + d / SUBGROUP], d % SUBGROUP), key.x, score[i]);
        score[i] = fma(subgroupBroadcast(query[i * DIMS + (d + 1) / SUBGROUP], (d + 1) % SUBGROUP), key.y, score[i]);
      }
#else
      const float key = uintBitsToFloat(bits);
      [[unroll]] for (uint i = 0; i < N; i++)
        score[i] = fma(subgroupBroadcast(query[i * DIMS + word / SUBGROUP], word % SUBGROUP), key, score[i]);
#endif
    }

    [[unroll]] for (uint i = 0; i < N; i++) {
      const bool seen = first + lane <= last[i];
      const float highest = max(top[i], subgroupMax(seen ? score[i] : LOWEST));
      const float shrink = exp(top[i] - highest);
      score[i] = seen ? exp(score[i] - highest) : 0.0;
      total[i] = total[i] * shrink + subgroupAdd(score[i]);
      top[i] = highest;
      [[unroll]] for (uint k = 0; k < WORDS * PER_WORD; k++)
        sum[i * WORDS * PER_WORD + k] *= shrink;
    }

    [[unroll]] for (uint j = 0; j < SUBGROUP; j++)
      [[unroll]] for (uint k = 0; k < WORDS; k++) {
        const uint word = min(lane + k * SUBGROUP, HEAD_WORDS - 1);
        const uint bits = values.at[value_word(base, word, slot + j)];
        [[unroll]] for (uint i = 0; i < N; i++) {
          const float weight = subgroupBroadcast(score[i], j);
          const uint at = (i * WORDS + k) * PER_WORD;
#if defined(KV_F16)
          const vec2 value = kv_unpack(bits);
          sum[at] = fma(weight, value.x, sum[at]);
          sum[at + 1] = fma(weight, value.y, sum[at + 1]);
#else
          sum[at] = fma(weight, uintBitsToFloat(bits), sum[at]);
#endif
        }
      }
  }

  [[unroll]] for (uint i = 0; i < N; i++)
    [[unroll]] for (uint k = 0; k < WORDS; k++) {
      const uint word = lane + k * SUBGROUP;
      if (word < HEAD_WORDS && i / HEADS < block.y) {
        const uint at = (block.x + i / HEADS) * y_stride + (first_head + i % HEADS) * HEAD_DIM + word * PER_WORD;
        [[unroll]] for (uint p = 0; p < PER_WORD; p++)
          y.at[at + p] = sum[(i * WORDS + k) * PER_WORD + p] / total[i];
      }
    }
}
