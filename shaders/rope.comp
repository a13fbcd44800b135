#version 450
// Rotary embedding of queries and keys; keys and values go into the KV cache.
//
// qkv [n][stride]: n_heads queries, then n_kv_heads keys, then n_kv_heads values, HEAD_DIM each.
// angles [n][n_rot / 2] of (cos, sin). q [n][n_heads HEAD_DIM], multiplied by `scale`. The first n_rot dimensions
// turn, in pairs (2i, 2i + 1), or with HALVES (i, i + n_rot / 2); the others stay.
// (Su et al. 2021, "RoFormer".) places [n]: (page, slot) of each token's key and value.
// Work-group (h, t): head h of the n_heads + 2 n_kv_heads of token t; a lane owns every SUBGROUP-th pair of
// neighbouring dimensions.
#include "common.glsl"

layout(constant_id = 1) const uint HEAD_DIM = 64;
layout(constant_id = 2) const uint HALVES = 0;

#include "kv.glsl"

layout(push_constant, std430) uniform Push {
  Floats qkv;
  Floats2 angles;
  Floats q;
  Words keys, values;
  Words2 places;
  Count count;
  uint n_heads, n_kv_heads, stride, n_rot;
  float scale;
};

float turned(uint base, uint token, uint d) {
  const float v = qkv.at[base + d];
  if (d >= n_rot)
    return v;
  const uint half_rot = n_rot / 2;
  const uint pair = HALVES != 0 ? d % half_rot : d / 2;
  const bool first = HALVES != 0 ? d < half_rot : (d & 1) == 0;
  const uint other = HALVES != 0 ? (first ? d + half_rot : d - half_rot) : d ^ 1;
  const vec2 angle = angles.at[token * half_rot + pair];
  return first ? v * angle.x - qkv.at[base + other] * angle.y : v * angle.x + qkv.at[base + other] * angle.y;
}

void store_kv(Words cache, uint base, bool key, uint slot, uint d, vec2 v) {
#if defined(KV_F16)
  const uint word = d / 2;
  cache.at[key ? key_word(base, word, slot) : value_word(base, word, slot)] = kv_pack(v);
#else
  cache.at[key ? key_word(base, d, slot) : value_word(base, d, slot)] = floatBitsToUint(v.x);
  cache.at[key ? key_word(base, d + 1, slot) : value_word(base, d + 1, slot)] = floatBitsToUint(v.y);
#endif
}

void main() {
  const uint token = gl_WorkGroupID.y;
  if (token >= count.n)
    return;
  const uint head = gl_WorkGroupID.x;
  const uint base = token * stride + head * HEAD_DIM;
  const uvec2 place = places.at[token];
  for (uint d = 2 * gl_SubgroupInvocationID; d < HEAD_DIM; d += 2 * SUBGROUP) {
    if (head < n_heads) {
      const uint at = (token * n_heads + head) * HEAD_DIM + d;
      q.at[at] = turned(base, token, d) * scale;
      q.at[at + 1] = turned(base, token, d + 1) * scale;
    } else if (head < n_heads + n_kv_heads) {
      const uint page = page_base(place.x, head - n_heads, n_kv_heads);
      store_kv(keys, page, true, place.y, d, vec2(turned(base, token, d), turned(base, token, d + 1)));
    } else {
      const uint page = page_base(place.x, head - n_heads - n_kv_heads, n_kv_heads);
      store_kv(values, page, false, place.y, d, vec2(qkv.at[base + d], qkv.at[base + d + 1]));
    }
  }
}
