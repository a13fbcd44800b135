// What matrix.comp and matvec.comp share: operands, constants, how columns are dealt among lanes, and the way out.
//
// y[t][r] = sum over k of W[r][k] x[t][k], W [n_rows][n_cols] in tiles (quant.glsl), x [n][x_stride], y [n][y_stride].
// All sums are float32 and their order is that of a kernel's constants alone: a token's result does not
// depend on which tokens it shares a work-group with.

layout(constant_id = 1) const uint ROW_TILE = 16;
layout(constant_id = 2) const uint ROWS = 1;       // tiles a work-group
layout(constant_id = 3) const uint TOKENS = 1;     // of a work-group
layout(constant_id = 4) const uint EPILOGUE = 0;
layout(constant_id = 5) const bool STAGED = false; // see matrix.comp

const uint BIAS = 1;     // y = W x + extra[r]
const uint RESIDUAL = 2; // y = W x + extra[t][r], laid out as y
const uint GATED = 3;    // y = silu(W x) (W2 x)

#include "quant.glsl"

layout(push_constant, std430) uniform Push {
  Words weights, weights2;
  Floats x, y, extra;
  Count count; // tokens
  uint n_rows, n_cols, x_stride, y_stride;
};

const uint LINES = EPILOGUE == GATED ? 2 * ROWS : ROWS; // rows of a lane, of both matrices
const uint LANES = SUBGROUP < 32 ? SUBGROUP : 32;       // lanes among which 32 columns are dealt, in twos if they can be
const uint PER_LANE = 32 / LANES;
const uint TWOS = PER_LANE > 1 ? PER_LANE / 2 : 1;      // of a lane

// Where the columns of this lane begin in a row of x.
uint first_column(uint lane) { return PER_LANE > 1 ? 2 * (lane % LANES) : lane % LANES; }

// This lane's columns `two` of those that begin at x[at]; the second is nothing where a lane has one.
vec2 load_two(uint at, uint two) {
  if (PER_LANE == 1)
    return vec2(x.at[at], 0.0);
  return uintBitsToFloat(LOAD_PAIR(x, at / 2 + two * LANES));
}

// Column c of a unit: which of a lane's PER_LANE values it is, and in which lane.
uint value_of(uint c) { return PER_LANE == 1 ? 0 : c / (2 * LANES) * 2 + (c & 1); }
uint lane_of(uint c) { return PER_LANE == 1 ? c : (c / 2) % LANES; }

uint n_blocks() { return (n_cols + COLUMNS - 1) / COLUMNS; }

// v: W x; v2: W2 x.
void finish(uint row, uint token, float v, float v2) {
  uint at = token * y_stride + row;
  if (EPILOGUE == BIAS)
    v += extra.at[row];
  else if (EPILOGUE == RESIDUAL)
    v += extra.at[at];
  else if (EPILOGUE == GATED)
    v = v / (1.0 + exp(-v)) * v2;
  y.at[at] = v;
}
