#version 450
// y[t][k] = W[ids[t]][k]: the rows of the embedding that the tokens name, unpacked.
//
// W [n_rows][n_cols] in tiles (quant.glsl), ids [n], y [n][y_stride]. A lane unpacks 32 columns.
// Work-group (i, t): columns 32 SUBGROUP i … of token t.
#include "common.glsl"

layout(constant_id = 1) const uint ROW_TILE = 16;

#include "quant.glsl"

layout(push_constant, std430) uniform Push {
  Words weights, ids;
  Floats y;
  Count count;
  uint n_cols, y_stride;
};

void main() {
  const uint token = gl_WorkGroupID.y;
  const uint unit = gl_WorkGroupID.x * SUBGROUP + gl_SubgroupInvocationID;
  if (token >= count.n || unit * 32 >= n_cols)
    return;
  const uint id = ids.at[token];
  const Unit u = unit_load(weights, id / ROW_TILE, (n_cols + COLUMNS - 1) / COLUMNS, unit, id % ROW_TILE);
  const uint at = token * y_stride + unit * 32;
  [[unroll]] for (uint c = 0; c < 32; c++)
    if (unit * 32 + c < n_cols)
      y.at[at + c] = unit_value(u, c);
}
