// Where keys and values stand in the cache of one layer.
//
// The cache is made of pages of PAGE positions; a sequence's table says which page holds which of its
// positions. Within a page and KV head keys lie transposed, [dimension][position], so that the lanes of a
// subgroup, a position each, read side by side; values lie [position][dimension]. f16: a word holds two
// neighbouring dimensions; f32: one.
#if defined(KV_F16)
const uint PER_WORD = 2;
vec2 kv_unpack(uint word) { return unpackHalf2x16(word); }
uint kv_pack(vec2 v) { return packHalf2x16(v); }
#else
const uint PER_WORD = 1;
#endif
const uint PAGE = 64;
const uint HEAD_WORDS = HEAD_DIM / PER_WORD;

uint page_base(uint page, uint head, uint n_kv_heads) { return (page * n_kv_heads + head) * (HEAD_WORDS * PAGE); }
uint key_word(uint base, uint word, uint slot) { return base + word * PAGE + slot; }
uint value_word(uint base, uint word, uint slot) { return base + slot * HEAD_WORDS + word; }
