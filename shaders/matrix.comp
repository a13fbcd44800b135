#version 450
// y[t][r] = sum over k of W[r][k] x[t][k] for many tokens, and what is to be done to it on the way out.
//
// W [n_rows][n_cols] in tiles (quant.glsl), x [n][x_stride], y [n][y_stride], all sums in float32, in the
// order of k whatever TOKENS is: a token's result does not depend on what it is batched with.
//
// A lane owns a row in each of ROWS tiles and TOKENS tokens: it unpacks a weight once and uses it for
// all its tokens. The lanes of a subgroup load 32 columns of x between them and hand them round.
// Work-group (i, j): tiles i ROWS …, tokens j TOKENS ….
//
// EPILOGUE: 0 nothing, 1 + bias[r], 2 + residual[t][r] (laid out as y), 3 silu(W x) (W2 x).
//
// STAGED (software devices, docs/kernels.md): what was loaded goes through an array in private memory, once for
// each row of a lane, since a processor multiplies by a number broadcast from memory in one instruction, but takes
// another one to broadcast out of a register.
#include "common.glsl"

layout(constant_id = 1) const uint ROW_TILE = 16;
layout(constant_id = 2) const uint ROWS = 1;
layout(constant_id = 3) const uint TOKENS = 1;
layout(constant_id = 4) const uint EPILOGUE = 0;
layout(constant_id = 5) const bool STAGED = false;

#include "quant.glsl"

layout(push_constant, std430) uniform Push {
  Words weights, weights2;
  Floats x, y, extra; // extra: bias or residual
  Count count;
  uint n_rows, n_cols, x_stride, y_stride;
};

const uint LINES = EPILOGUE == 3 ? 2 * ROWS : ROWS;       // rows of a lane, of both matrices
const uint LANES = SUBGROUP < 32 ? SUBGROUP : 32;         // lanes among which 32 columns are dealt
const uint PER_LANE = 32 / LANES;                         // columns a lane: neighbours in twos
const uint COPY = TOKENS * PER_LANE;
const uint COPIES = STAGED ? LINES : 1;

float xs[COPIES * COPY];
float sum[LINES * TOKENS];

// Columns 32 unit … of the tokens whose rows begin at x_row, into xs.
void load_x(const uint x_row[TOKENS], uint unit) {
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    [[unroll]] for (uint i = 0; i < PER_LANE; i += 2) {
      vec2 two;
      uint at = x_row[t] + unit * 32 + i * LANES;
      if (PER_LANE == 1)
        two = vec2(x.at[at], 0.0);
      else
        two = uintBitsToFloat(LOAD_PAIR(x, at / 2));
      [[unroll]] for (uint copy = 0; copy < COPIES; copy++) {
        xs[copy * COPY + t * PER_LANE + i] = two.x;
        if (PER_LANE > 1)
          xs[copy * COPY + t * PER_LANE + i + 1] = two.y;
      }
    }
}

// Column c of the unit in xs, for token t.
float x_value(uint copy, uint t, uint c) {
  if (PER_LANE == 1)
    return subgroupBroadcast(xs[copy * COPY + t], c);
  return subgroupBroadcast(xs[copy * COPY + t * PER_LANE + c / (2 * LANES) * 2 + (c & 1)], (c / 2) % LANES);
}

void add_line(const Unit u, uint line) {
  // The next weight is unpacked while this one is used.
  float next = unit_value(u, 0);
  [[unroll]] for (uint c = 0; c < 32; c++) {
    float w = next;
    next = unit_value(u, min(c + 1, 31));
    [[unroll]] for (uint t = 0; t < TOKENS; t++)
      sum[line * TOKENS + t] = fma(w, x_value(STAGED ? line : 0, t, c), sum[line * TOKENS + t]);
  }
}

void add_lines(const Unit units[LINES]) {
  [[unroll]] for (uint c = 0; c < 32; c++) {
    float w[LINES];
    [[unroll]] for (uint line = 0; line < LINES; line++)
      w[line] = unit_value(units[line], c);
    [[unroll]] for (uint t = 0; t < TOKENS; t++) {
      float v = x_value(0, t, c);
      [[unroll]] for (uint line = 0; line < LINES; line++)
        sum[line * TOKENS + t] = fma(w[line], v, sum[line * TOKENS + t]);
    }
  }
}

void store(uint row, uint token, uint r, uint t) {
  uint at = token * y_stride + row;
  float v = sum[r * TOKENS + t];
  if (EPILOGUE == 1)
    v += extra.at[row];
  else if (EPILOGUE == 2)
    v += extra.at[at];
  else if (EPILOGUE == 3)
    v = v / (1.0 + exp(-v)) * sum[(ROWS + r) * TOKENS + t];
  y.at[at] = v;
}

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
    x_row[t] = min(first_token + t, n - 1) * x_stride + (lane % LANES) * min(PER_LANE, 2);
  [[unroll]] for (uint i = 0; i < LINES * TOKENS; i++)
    sum[i] = 0.0;

  // An index that only the device knows keeps the array in memory.
  if (STAGED)
    xs[gl_WorkGroupID.y % (COPIES * COPY)] = 0.0;
  load_x(x_row, 0);
  for (uint unit = 0; unit < n_units; unit++) {
    if (STAGED) {
      [[unroll]] for (uint line = 0; line < LINES; line++)
        add_line(unit_load(line < ROWS ? weights : weights2, tile[line % ROWS], n_blocks, unit, lane), line);
    } else {
      Unit units[LINES];
      [[unroll]] for (uint line = 0; line < LINES; line++)
        units[line] = unit_load(line < ROWS ? weights : weights2, tile[line % ROWS], n_blocks, unit, lane);
      add_lines(units);
    }
    load_x(x_row, min(unit + 1, n_units - 1));
  }

  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    uint row = (first_tile + r) * ROW_TILE + lane;
    [[unroll]] for (uint t = 0; t < TOKENS; t++)
      if (row < n_rows && first_token + t < n)
        store(row, first_token + t, r, t);
  }
}
