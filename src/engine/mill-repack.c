/* From a file's blocks to the kernels' tiles. The blocks' own forms are GGUF's (ggml's documentation of
 * its quantisation types); ours are in shaders/quant.glsl. */
#include "mill-repack.h"

#include <string.h>

#define MOST_WORDS 64 /* of a block, after repacking */

/* Makes the words of a block (singles, then pairs) from `n` columns of a row: those of the block or, at the end of
 * a row of blocks of 32, half of them. */
typedef void (*PackBlock) (const guint8 *source, guint n, guint32 *words);

static guint32
read_u16 (const guint8 *bytes)
{
  return bytes[0] | (guint32) bytes[1] << 8;
}

static guint32
read_u32 (const guint8 *bytes)
{
  return read_u16 (bytes) | read_u16 (bytes + 2) << 16;
}

static void
set_nibble (guint32 *words, guint column, guint32 nibble)
{
  words[column / 8] |= nibble << (4 * (column % 8));
}

static void
pack_f32 (const guint8 *block, guint n, guint32 *words)
{
  memcpy (words, block, n * 4);
}

static void
pack_16 (const guint8 *block, guint n, guint32 *words)
{
  memcpy (words, block, n * 2);
}

/* Bytes with 128 added, so that no sign is to be extended. */
static void
pack_q8_0 (const guint8 *source, guint n, guint32 *words)
{
  for (guint u = 0; u < n / 32; u++, source += 34)
    {
      words[0] |= read_u16 (source) << (16 * u);
      memcpy (words + 1 + 8 * u, source + 2, 32);
      for (guint i = 0; i < 8; i++)
        words[1 + 8 * u + i] ^= 0x80808080;
    }
}

/* Of a unit the first half of the columns is in the low nibbles, the second in the high ones. */
static void
pack_halves (const guint8 *bytes, guint32 *words)
{
  for (guint i = 0; i < 16; i++)
    {
      set_nibble (words, i, bytes[i] & 0xf);
      set_nibble (words, i + 16, bytes[i] >> 4);
    }
}

static void
pack_q4_0 (const guint8 *source, guint n, guint32 *words)
{
  for (guint u = 0; u < n / 32; u++, source += 18)
    {
      words[0] |= read_u16 (source) << (16 * u);
      pack_halves (source + 2, words + 1 + 4 * u);
    }
}

static void
pack_q4_1 (const guint8 *source, guint n, guint32 *words)
{
  for (guint u = 0; u < n / 32; u++, source += 20)
    {
      words[u] = read_u32 (source);
      pack_halves (source + 4, words + 2 + 4 * u);
    }
}

static void
pack_q5_0 (const guint8 *source, guint n, guint32 *words)
{
  for (guint u = 0; u < n / 32; u++, source += 22)
    {
      words[0] |= read_u16 (source) << (16 * u);
      words[1 + u] = read_u32 (source + 2);
      pack_halves (source + 6, words + 3 + 4 * u);
    }
}

static void
pack_q5_1 (const guint8 *source, guint n, guint32 *words)
{
  for (guint u = 0; u < n / 32; u++, source += 24)
    {
      words[u] = read_u32 (source);
      words[2 + u] = read_u32 (source + 4);
      pack_halves (source + 8, words + 4 + 4 * u);
    }
}

/* d and dmin, then for each unit its 6-bit scale and minimum as bytes. */
static void
pack_k_head (const guint8 *block, guint32 *words)
{
  const guint8 *s = block + 4;
  words[0] = read_u16 (block) | read_u16 (block + 2) << 16;
  for (guint u = 0; u < 8; u++)
    {
      guint32 scale = u < 4 ? s[u] & 63 : (s[u + 4] & 0xf) | (s[u - 4] >> 6) << 4;
      guint32 minimum = u < 4 ? s[u + 4] & 63 : s[u + 4] >> 4 | (s[u] >> 6) << 4;
      words[1 + u / 2] |= (scale | minimum << 8) << (16 * (u % 2));
    }
}

/* Nibble c of unit u. */
static guint32
k_nibble (const guint8 *bytes, guint u, guint c)
{
  return bytes[32 * (u / 2) + c] >> (4 * (u % 2)) & 0xf;
}

static void
pack_q4_k (const guint8 *block, guint n, guint32 *words)
{
  pack_k_head (block, words);
  for (guint u = 0; u < 8; u++)
    for (guint c = 0; c < 32; c++)
      set_nibble (words + 5 + 4 * u, c, k_nibble (block + 16, u, c));
}

/* A part of 64 columns: two words of fifth bits, then nibbles. */
static void
pack_q5_k (const guint8 *block, guint n, guint32 *words)
{
  pack_k_head (block, words);
  for (guint u = 0; u < 8; u++)
    {
      guint32 *part = words + 5 + 10 * (u / 2);
      for (guint c = 0; c < 32; c++)
        {
          part[u % 2] |= (guint32) (block[16 + c] >> u & 1) << c;
          set_nibble (part + 2 + 4 * (u % 2), c, k_nibble (block + 48, u, c));
        }
    }
}

static void
pack_q6_k (const guint8 *block, guint n, guint32 *words)
{
  const guint8 *low = block, *high = block + 128, *scales = block + 192;
  words[0] = read_u16 (block + 208);
  for (guint i = 0; i < 16; i++)
    words[1 + i / 4] |= (guint32) scales[i] << (8 * (i % 4));
  for (guint u = 0; u < 8; u++)
    for (guint c = 0; c < 32; c++)
      {
        guint half = u / 4, quarter = u % 4;
        guint32 nibble = low[64 * half + 32 * (quarter % 2) + c] >> (4 * (quarter / 2)) & 0xf;
        guint32 two = high[32 * half + c] >> (2 * quarter) & 3;
        set_nibble (words + 5 + 6 * u, c, nibble);
        words[5 + 6 * u + 4 + c / 16] |= two << (2 * (c % 16));
      }
}

static const struct {
  MillQuantType  type;
  MillTileLayout layout;
  PackBlock      pack;
} types[] = {
  { MILL_QUANT_F32, { "f32", 64, 0, 32 }, pack_f32 },
  { MILL_QUANT_F16, { "f16", 64, 0, 16 }, pack_16 },
  { MILL_QUANT_BF16, { "bf16", 64, 0, 16 }, pack_16 },
  { MILL_QUANT_Q8_0, { "q8_0", 64, 1, 8 }, pack_q8_0 },
  { MILL_QUANT_Q4_0, { "q4_0", 64, 1, 4 }, pack_q4_0 },
  { MILL_QUANT_Q4_1, { "q4_1", 64, 0, 5 }, pack_q4_1 },
  { MILL_QUANT_Q5_0, { "q5_0", 64, 1, 5 }, pack_q5_0 },
  { MILL_QUANT_Q5_1, { "q5_1", 64, 0, 6 }, pack_q5_1 },
  { MILL_QUANT_Q4_K, { "q4_k", 256, 5, 16 }, pack_q4_k },
  { MILL_QUANT_Q5_K, { "q5_k", 256, 5, 20 }, pack_q5_k },
  { MILL_QUANT_Q6_K, { "q6_k", 256, 5, 24 }, pack_q6_k },
};

static int
find_type (MillQuantType type)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].type == type)
      return i;
  return -1;
}

const MillTileLayout *
mill_repack_get_layout (MillQuantType type)
{
  int i = find_type (type);
  return i >= 0 ? &types[i].layout : NULL;
}

static guint
block_words (const MillTileLayout *layout)
{
  return layout->singles + 2 * layout->pairs;
}

gsize
mill_repack_get_tile_bytes (const MillTileLayout *layout, guint64 n_cols, guint row_tile)
{
  return (n_cols + layout->columns - 1) / layout->columns * block_words (layout) * row_tile * 4;
}

gsize
mill_repack_get_n_tiles (guint64 n_rows, guint row_tile)
{
  return (n_rows + row_tile - 1) / row_tile;
}

/* Where word w of a block stands for row 0 of a tile, and how far on for each further row. */
static void
word_places (const MillTileLayout *layout, guint row_tile, guint *places, guint *steps)
{
  for (guint w = 0; w < layout->singles; w++)
    {
      places[w] = w * row_tile;
      steps[w] = 1;
    }
  for (guint i = 0; i < 2 * layout->pairs; i++)
    {
      places[layout->singles + i] = (layout->singles + i / 2 * 2) * row_tile + i % 2;
      steps[layout->singles + i] = 2;
    }
}

static const guint8 *
find_row (const MillRows *parts, guint n_parts, guint64 row, gsize row_bytes)
{
  for (guint i = 0; i < n_parts; i++)
    {
      if (row < parts[i].n_rows)
        return parts[i].data + row * row_bytes;
      row -= parts[i].n_rows;
    }
  return NULL;
}

void
mill_repack_tiles (MillQuantType type, const MillRows *parts, guint n_parts, guint64 n_cols, guint row_tile,
                   gsize first_tile, gsize n_tiles, guint32 *out)
{
  int index = find_type (type);
  g_assert (index >= 0);
  const MillTileLayout *layout = &types[index].layout;
  const MillQuantInfo *info = mill_quant_get_info (type);
  const gsize row_bytes = n_cols / info->block_size * info->block_bytes;
  const gsize source_bytes = (gsize) layout->columns / info->block_size * info->block_bytes;
  const guint n_words = block_words (layout);
  const guint64 n_blocks = (n_cols + layout->columns - 1) / layout->columns;
  guint places[MOST_WORDS], steps[MOST_WORDS];
  g_assert (n_words <= MOST_WORDS);
  word_places (layout, row_tile, places, steps);

  memset (out, 0, n_tiles * mill_repack_get_tile_bytes (layout, n_cols, row_tile));
  for (gsize tile = 0; tile < n_tiles; tile++)
    for (guint row = 0; row < row_tile; row++)
      {
        const guint8 *source = find_row (parts, n_parts, (first_tile + tile) * row_tile + row, row_bytes);
        if (source == NULL)
          continue;
        guint32 *to = out + tile * n_blocks * n_words * row_tile;
        for (guint64 block = 0; block < n_blocks; block++, to += (gsize) n_words * row_tile)
          {
            guint32 words[MOST_WORDS] = { 0 };
            types[index].pack (source + block * source_bytes, MIN (layout->columns, n_cols - block * layout->columns), words);
            for (guint w = 0; w < n_words; w++)
              to[places[w] + row * steps[w]] = words[w];
          }
      }
}
