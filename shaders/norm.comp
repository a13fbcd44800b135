#version 450
// RMS norm: y[i][k] = w[k] x[t][k] / sqrt(mean over k of x[t][k]² + epsilon), t = rows[i].
//
// x [..][stride], w [n_cols], y [n][stride]; rows [n], or address 0 for t = i. Sums in float32.
// (Zhang and Sennrich 2019, "Root mean square layer normalization".) Work-group i: row i.
#include "common.glsl"

layout(push_constant, std430) uniform Push {
  Floats x, w, y;
  Words rows;
  Count count;
  uint n_cols, stride, use_rows;
  float epsilon;
};

void main() {
  const uint i = gl_WorkGroupID.x;
  if (i >= count.n)
    return;
  const uint lane = gl_SubgroupInvocationID;
  const uint from = (use_rows != 0 ? rows.at[i] : i) * stride, to = i * stride;
  float sum = 0.0;
  for (uint k = lane; k < n_cols; k += SUBGROUP) {
    float v = x.at[from + k];
    sum = fma(v, v, sum);
  }
  const float scale = 1.0 / sqrt(subgroupAdd(sum) / float(n_cols) + epsilon);
  for (uint k = lane; k < n_cols; k += SUBGROUP)
    y.at[to + k] = x.at[from + k] * scale * w.at[k];
}
