#version 450
// The product of a matrix with many tokens (matrix.glsl).
//
// A lane owns a row in each of ROWS tiles and TOKENS tokens: it unpacks a weight once and uses it for all its
// tokens. The lanes of a subgroup load 32 columns of x between them and hand them round.
// Work-group (i, j), a subgroup: tiles i ROWS …, tokens j TOKENS ….
//
// STAGED (software devices; docs/kernels.md): what was loaded goes through an array in private memory, once for
// each row of a lane. A processor multiplies by a number broadcast from memory in one instruction, but it takes
// another one to broadcast out of a register, and also where the same broadcast is wanted twice.
#include "common.glsl"
#include "matrix.glsl"

const uint COPY = TOKENS * PER_LANE;
const uint COPIES = STAGED ? LINES : 1;

float xs[COPIES * COPY]; // [copy][token][PER_LANE]
float sum[LINES * TOKENS];

// Columns 32 unit … of the tokens whose rows begin at x_row, into xs.
void load_x(const uint x_row[TOKENS], uint unit) {
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    [[unroll]] for (uint i = 0; i < TWOS; i++) {
      vec2 two = load_two(x_row[t] + unit * 32, i);
      [[unroll]] for (uint copy = 0; copy < COPIES; copy++) {
        xs[copy * COPY + t * PER_LANE + 2 * i] = two.x;
        if (PER_LANE > 1)
          xs[copy * COPY + t * PER_LANE + 2 * i + 1] = two.y;
      }
    }
}

float x_value(uint copy, uint t, uint c) {
  return subgroupBroadcast(xs[copy * COPY + t * PER_LANE + value_of(c)], lane_of(c));
}

void add_line(const Unit u, uint line) {
  // The next weight is unpacked while this one is used.
  float next = unit_value(u, 0);
  [[unroll]] for (uint c = 0; c < 32; c++) {
    float w = next;
    next = unit_value(u, min(c + 1, 31));
    [[unroll]] for (uint t = 0; t < TOKENS; t++)
      sum[line * TOKENS + t] = fma(w, x_value(line, t, c), sum[line * TOKENS + t]);
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

void main() {
  const uint lane = gl_SubgroupInvocationID;
  const uint n = count.n;
  const uint first_token = gl_WorkGroupID.y * TOKENS;
  if (first_token >= n)
    return;
  const uint first_tile = gl_WorkGroupID.x * ROWS;
  const uint n_tiles = (n_rows + ROW_TILE - 1) / ROW_TILE;
  const uint n_units = (n_cols + 31) / 32;

  // Tiles and tokens past the end repeat the last one, which costs nothing more and is not written.
  uint tile[ROWS], x_row[TOKENS];
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    tile[r] = min(first_tile + r, n_tiles - 1);
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    x_row[t] = min(first_token + t, n - 1) * x_stride + first_column(lane);
  [[unroll]] for (uint i = 0; i < LINES * TOKENS; i++)
    sum[i] = 0.0;

  // An index that the compiler cannot know keeps the array in memory.
  if (STAGED)
    xs[gl_WorkGroupID.y % (COPIES * COPY)] = 0.0;
  load_x(x_row, 0);
  for (uint unit = 0; unit < n_units; unit++) {
    if (STAGED) {
      [[unroll]] for (uint line = 0; line < LINES; line++)
        add_line(unit_load(line < ROWS ? weights : weights2, tile[line % ROWS], n_blocks(), unit, lane), line);
    } else {
      Unit units[LINES];
      [[unroll]] for (uint line = 0; line < LINES; line++)
        units[line] = unit_load(line < ROWS ? weights : weights2, tile[line % ROWS], n_blocks(), unit, lane);
      add_lines(units);
    }
    load_x(x_row, min(unit + 1, n_units - 1));
  }

  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    uint row = (first_tile + r) * ROW_TILE + lane;
    [[unroll]] for (uint t = 0; t < TOKENS; t++)
      if (row < n_rows && first_token + t < n)
        finish(row, first_token + t, sum[r * TOKENS + t], EPILOGUE == GATED ? sum[(LINES - ROWS + r) * TOKENS + t] : 0.0);
  }
}
