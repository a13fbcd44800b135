#version 450
// The product of a matrix with one token or a few (matrix.glsl).
//
// A lane owns a row in each of ROWS tiles and all of the work-group's TOKENS tokens. Here unpacking is most of the
// work, so the scales of 32 (or 16) columns are not applied to weights but to sums: with the raw weights q of
// quant.glsl, y += d sum (q x) + m sum (x). Each sum is dealt among CHAINS accumulators, since additions to one
// wait for each other.
//
// WAVES subgroups of a work-group share its rows: subgroup w takes parts w, w + WAVES, … of 64 columns, and the
// first adds up what all have found. Devices with many lanes want several; with one there is no barrier.
// Work-group (i, j): tiles i ROWS …, tokens j TOKENS ….
//
// STAGED: see matrix.comp.
#define LOCAL_Y_ID 6
#include "common.glsl"
#include "matrix.glsl"

layout(constant_id = 6) const uint WAVES = 1;

const uint COPY = TOKENS * 2 * PER_LANE;
const uint COPIES = STAGED ? LINES : 1;
const uint CHAINS = 2; // whatever TOKENS is, so that no result depends on it

float xs[COPIES * COPY];              // [copy][token][unit of the part][PER_LANE]
float twos[TOKENS * 2 * TWOS];        // [token][unit][TWOS]: the sum of two columns
float x_sum[TOKENS * 2 * SCALES];     // [token][unit][scale]: the sum of the columns of a scale
float sum[LINES * TOKENS];

shared float found[WAVES > 1 ? (WAVES - 1) * LINES * TOKENS * SUBGROUP : 1];

// Columns 64 part … of the tokens whose rows begin at x_row, into xs and twos. A second half that is not there
// has weights of zero, and any numbers do.
void load_x(const uint x_row[TOKENS], uint part, uint n_units) {
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    [[unroll]] for (uint h = 0; h < 2; h++)
      [[unroll]] for (uint i = 0; i < TWOS; i++) {
        vec2 two = load_two(x_row[t] + min(2 * part + h, n_units - 1) * 32, i);
        twos[(t * 2 + h) * TWOS + i] = two.x + two.y;
        [[unroll]] for (uint copy = 0; copy < COPIES; copy++) {
          uint at = copy * COPY + (t * 2 + h) * PER_LANE + 2 * i;
          xs[at] = two.x;
          if (PER_LANE > 1)
            xs[at + 1] = two.y;
        }
      }
}

float x_value(uint copy, uint t, uint h, uint c) {
  return subgroupBroadcast(xs[copy * COPY + (t * 2 + h) * PER_LANE + value_of(c)], lane_of(c));
}

// The sum of the columns of scale s of unit h.
float sum_x(uint t, uint h, uint s) {
  const uint n = 16 / SCALES; // twos
  if (PER_LANE == 1) {
    const uint column = gl_SubgroupInvocationID;
    return subgroupAdd(column / (2 * n) == s ? twos[t * 2 + h] : 0.0);
  }
  float chains[2] = float[](0.0, 0.0);
  [[unroll]] for (uint p = 0; p < n; p++)
    chains[p % 2] += subgroupBroadcast(twos[(t * 2 + h) * TWOS + (s * n + p) / LANES], (s * n + p) % LANES);
  return chains[0] + chains[1];
}

void add_line(const Unit u, uint line, uint h) {
  [[unroll]] for (uint s = 0; s < SCALES; s++) {
    float chains[TOKENS * CHAINS];
    [[unroll]] for (uint i = 0; i < TOKENS * CHAINS; i++)
      chains[i] = 0.0;
    [[unroll]] for (uint i = 0; i < 32 / SCALES; i++) {
      const uint c = s * (32 / SCALES) + i;
      const float w = unit_raw(u, c);
      [[unroll]] for (uint t = 0; t < TOKENS; t++)
        chains[t * CHAINS + c % CHAINS] += w * x_value(STAGED ? line : 0, t, h, c);
    }
    [[unroll]] for (uint t = 0; t < TOKENS; t++) {
      const float v = chains[t * CHAINS] + chains[t * CHAINS + 1];
      sum[line * TOKENS + t] += PLAIN ? v : u.d[s] * v + u.m[s] * x_sum[(t * 2 + h) * SCALES + s];
    }
  }
}

// Adds what the other subgroups have found to the sums of the first.
void gather_waves(uint wave, uint lane) {
  [[unroll]] for (uint i = 0; i < LINES * TOKENS; i++)
    if (wave > 0)
      found[((wave - 1) * LINES * TOKENS + i) * SUBGROUP + lane] = sum[i];
  barrier();
  if (wave == 0)
    for (uint w = 0; w < WAVES - 1; w++)
      [[unroll]] for (uint i = 0; i < LINES * TOKENS; i++)
        sum[i] += found[(w * LINES * TOKENS + i) * SUBGROUP + lane];
}

uint touched = 0;

// Software devices read with gathers, which no prefetcher of a processor follows: a line that is not near costs its
// whole latency each time. 16-bit numbers they read one by one, so this reads one of each line of a part of
// a row's tile, some time before the part is wanted.
void touch(Words from, uint tile, uint part, uint lane) {
#if defined(WIDE)
  const uint words = BLOCK_WORDS * ROW_TILE / PARTS; // of a part, with its share of the singles
  const uint first = (tile * n_blocks() * PARTS + part) * words;
  [[unroll]] for (uint i = 0; i < words; i += 16 * SUBGROUP)
    touched |= uint(Halves(uvec2(from)).at[2 * (first + min(i + 16 * lane, words - 1))]);
#endif
}

void main() {
  const uint lane = gl_SubgroupInvocationID, wave = WAVES == 1 ? 0 : gl_SubgroupID;
  const uint n = count.n;
  const uint first_token = gl_WorkGroupID.y * TOKENS;
  if (first_token >= n)
    return;
  const uint first_tile = gl_WorkGroupID.x * ROWS;
  const uint n_tiles = (n_rows + ROW_TILE - 1) / ROW_TILE;
  const uint n_units = (n_cols + 31) / 32, n_parts = (n_cols + 63) / 64;

  // Tiles and tokens past the end repeat the last one, which costs nothing more and is not written.
  uint tile[ROWS], x_row[TOKENS];
  [[unroll]] for (uint r = 0; r < ROWS; r++)
    tile[r] = min(first_tile + r, n_tiles - 1);
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    x_row[t] = min(first_token + t, n - 1) * x_stride + first_column(lane);
  [[unroll]] for (uint i = 0; i < LINES * TOKENS; i++)
    sum[i] = 0.0;

  // An index that the compiler cannot know keeps the arrays in memory.
  if (STAGED) {
    xs[gl_WorkGroupID.y % COPY] = 0.0;
    twos[gl_WorkGroupID.y % (TOKENS * 2 * TWOS)] = 0.0;
  }
  if (STAGED)
    [[unroll]] for (uint line = 0; line < LINES; line++)
      touch(line < ROWS ? weights : weights2, tile[line % ROWS], min(wave, n_parts - 1), lane);
  load_x(x_row, min(wave, n_parts - 1), n_units);
  for (uint part = wave; part < n_parts; part += WAVES) {
    if (!PLAIN)
      [[unroll]] for (uint i = 0; i < TOKENS * 2 * SCALES; i++)
        x_sum[i] = sum_x(i / (2 * SCALES), i / SCALES % 2, i % SCALES);
    [[unroll]] for (uint line = 0; line < LINES; line++) {
      if (STAGED)
        touch(line < ROWS ? weights : weights2, tile[line % ROWS], min(part + WAVES, n_parts - 1), lane);
      Unit units[2];
      part_load(line < ROWS ? weights : weights2, tile[line % ROWS], n_blocks(), part, lane, units);
      add_line(units[0], line, 0);
      add_line(units[1], line, 1);
    }
    load_x(x_row, min(part + WAVES, n_parts - 1), n_units);
  }
  if (WAVES > 1)
    gather_waves(wave, lane);
  if (wave > 0)
    return;
  if (STAGED && touched == n_rows && n_cols == 0) // never; but the reads of touch() cannot be left out
    sum[0] = 0.0;

  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    uint row = (first_tile + r) * ROW_TILE + lane;
    [[unroll]] for (uint t = 0; t < TOKENS; t++)
      if (row < n_rows && first_token + t < n)
        finish(row, first_token + t, sum[r * TOKENS + t], EPILOGUE == GATED ? sum[(LINES - ROWS + r) * TOKENS + t] : 0.0);
  }
}
