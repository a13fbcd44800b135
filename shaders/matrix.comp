#version 450
// y[t][r] = sum over k of W[r][k] x[t][k], and what is to be done to it on the way out.
//
// W [n_rows][n_cols] in tiles (quant.glsl), x [n][x_stride], y [n][y_stride], all sums in float32, in the
// order of k whatever TOKENS is: a token's result does not depend on what it is batched with.
//
// A lane owns a row in each of ROWS tiles and TOKENS tokens: it unpacks a weight once and uses it for
// all its tokens. The lanes of a subgroup load 32 columns of x between them and hand them round.
// Work-group (i, j): tiles i ROWS …, tokens j TOKENS ….
//
// EPILOGUE: 0 nothing, 1 + bias[r], 2 + residual[t][r] (laid out as y), 3 silu(W x) (W2 x).
#include "common.glsl"

layout(constant_id = 1) const uint ROW_TILE = 16;
layout(constant_id = 2) const uint ROWS = 1;
layout(constant_id = 3) const uint TOKENS = 1;
layout(constant_id = 4) const uint EPILOGUE = 0;

#include "quant.glsl"

layout(push_constant, std430) uniform Push {
  Words weights, weights2;
  Floats x, y, extra; // extra: bias or residual
  Count count;
  uint n_rows, n_cols, x_stride, y_stride;
};

const uint MATRICES = EPILOGUE == 3 ? 2 : 1;
const uint LANES = SUBGROUP < 32 ? SUBGROUP : 32; // lanes among which 32 columns are dealt
const uint PER_LANE = 32 / LANES;

void main() {
  const uint lane = gl_SubgroupInvocationID;
  const uint n = count.n;
  const uint first_token = gl_WorkGroupID.y * TOKENS;
  if (first_token >= n)
    return;
  const uint first_tile = gl_WorkGroupID.x * ROWS;
  const uint n_tiles = (n_rows + ROW_TILE - 1) / ROW_TILE;
  const uint n_blocks = (n_cols + COLUMNS - 1) / COLUMNS;
  const uint n_units = (n_cols + 31) / 32;

  // Tiles and tokens past the end repeat the last one, which costs nothing more and is not written.
  uint tile[ROWS], x_row[TOKENS];
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    tile[r] = min(first_tile + r, n_tiles - 1);
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    x_row[t] = min(first_token + t, n - 1) * x_stride + (lane % LANES) * PER_LANE;

  float sum[MATRICES * ROWS * TOKENS];
  [[unroll]] for (uint i = 0; i < MATRICES * ROWS * TOKENS; i++)
    sum[i] = 0.0;

  for (uint unit = 0; unit < n_units; unit++) {
    float xs[TOKENS * PER_LANE];
    [[unroll]] for (uint t = 0; t < TOKENS; t++) {
      if (PER_LANE == 1)
        xs[t] = x.at[x_row[t] + unit * 32];
      else
        [[unroll]] for (uint i = 0; i < PER_LANE; i += 2) {
          vec2 two = uintBitsToFloat(LOAD_PAIR(x, (x_row[t] + unit * 32 + i) / 2));
          xs[t * PER_LANE + i] = two.x;
          xs[t * PER_LANE + i + 1] = two.y;
        }
    }
    Unit units[MATRICES * ROWS];
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
      units[r] = unit_load(weights, tile[r], n_blocks, unit, lane);
      if (MATRICES == 2)
        units[ROWS + r] = unit_load(weights2, tile[r], n_blocks, unit, lane);
    }
    [[unroll]] for (uint c = 0; c < 32; c++) {
      float w[MATRICES * ROWS];
      [[unroll]] for (uint r = 0; r < MATRICES * ROWS; r++)
        w[r] = unit_value(units[r], c);
      [[unroll]] for (uint t = 0; t < TOKENS; t++) {
        float v = subgroupBroadcast(xs[t * PER_LANE + c % PER_LANE], c / PER_LANE);
        [[unroll]] for (uint r = 0; r < MATRICES * ROWS; r++)
          sum[r * TOKENS + t] = fma(w[r], v, sum[r * TOKENS + t]);
      }
    }
  }

  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    uint row = (first_tile + r) * ROW_TILE + lane;
    [[unroll]] for (uint t = 0; t < TOKENS; t++)
      if (row < n_rows && first_token + t < n) {
        uint at = (first_token + t) * y_stride + row;
        float v = sum[r * TOKENS + t];
        if (EPILOGUE == 1)
          v += extra.at[row];
        else if (EPILOGUE == 2)
          v += extra.at[at];
        else if (EPILOGUE == 3)
          v = v / (1.0 + exp(-v)) * sum[(ROWS + r) * TOKENS + t];
        y.at[at] = v;
      }
  }
}
