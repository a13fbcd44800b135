/* mill-jinja-value.h: what a value is inside. For src/jinja alone; names that only this folder uses
 * begin with jinja_ and Jinja.
 *
 * A value is an object that begins with struct _MillJinjaValue. There are three ways to own one:
 *
 * - values made through mill-jinja.h count their references, atomically, and never change once they
 *   are given to a rendering;
 * - values made while rendering (a JinjaHeap is given) belong to the rendering's heap, which frees
 *   what cannot be reached between two statements (mill-jinja-heap.h). No code below the statements
 *   needs to count or to free anything;
 * - a few are static: none, true, false, the empty string.
 *
 * Strings are valid UTF-8, may hold NUL, and are counted in code points towards the template, as
 * Python does.
 */
#pragma once

#include "mill-jinja-table.h"
#include "mill-jinja.h"

G_BEGIN_DECLS

typedef struct _JinjaHeap JinjaHeap;
typedef struct _JinjaRender JinjaRender;

typedef enum {
  JINJA_UNDEFINED,
  JINJA_NONE,
  JINJA_BOOL,
  JINJA_INT,
  JINJA_BIGINT,   /* what does not fit 64 bits; never one that does */
  JINJA_FLOAT,
  JINJA_STRING,
  JINJA_LIST,
  JINJA_TUPLE,
  JINJA_DICT,
  JINJA_VIEW,     /* keys, values or items of a dict */
  JINJA_RANGE,
  JINJA_ITERATOR, /* what filters such as map give: usable once */
  JINJA_NAMESPACE,
  JINJA_CYCLER,
  JINJA_JOINER,
  JINJA_MACRO,
  JINJA_LOOP,
  JINJA_FUNCTION, /* a global function */
  JINJA_METHOD,   /* a built-in method and its object */
  JINJA_SELF,     /* self, whose attributes are the blocks */
  JINJA_BLOCK,    /* self.name */
  JINJA_SCOPE,    /* variables of a part of a template; never seen by one */
} JinjaKind;

enum {
  JINJA_FLAG_STATIC = 1 << 0,
  JINJA_FLAG_HEAP = 1 << 1,
  JINJA_FLAG_MARKED = 1 << 2, /* by the collection that is running */
  JINJA_FLAG_MARKUP = 1 << 3, /* a string that is safe in HTML: escaped already */
  JINJA_FLAG_GROUP = 1 << 4,  /* a tuple whose fields are also called grouper and list */
};

struct _MillJinjaValue {
  guint8          kind;
  guint8          flags;
  int             refs; /* of values that are neither static nor in a heap */
  MillJinjaValue *next; /* in the heap's chain */
};

typedef struct _MillJinjaValue JinjaValue;

typedef struct {
  JinjaValue base;
  gboolean   value;
} JinjaBool;

typedef struct {
  JinjaValue base;
  gint64     value;
} JinjaInt;

typedef struct {
  JinjaValue base;
  double     value;
} JinjaFloat;

/* Sign and magnitude; digits in base 2³², least first, the last one not 0. */
typedef struct {
  JinjaValue base;
  gboolean   negative;
  guint      n;
  guint32    digits[];
} JinjaBigint;

typedef struct {
  JinjaValue base;
  gsize      n_bytes;
  gsize      n_chars;
  guint32    hash; /* 0: not computed yet (in a heap alone) */
  char       text[]; /* NUL-terminated */
} JinjaString;

/* Lists and tuples. */
typedef struct {
  JinjaValue   base;
  JinjaHeap   *heap; /* that pays for the items, or NULL */
  JinjaValue **items;
  gsize        n, allocated;
} JinjaList;

/* Dicts and namespaces. */
typedef struct {
  JinjaValue base;
  JinjaTable table;
} JinjaDict;

typedef enum { JINJA_VIEW_KEYS, JINJA_VIEW_VALUES, JINJA_VIEW_ITEMS } JinjaViewKind;

typedef struct {
  JinjaValue    base;
  JinjaViewKind view;
  JinjaDict    *dict;
} JinjaView;

typedef struct {
  JinjaValue base;
  gint64     start, stop, step;
  gint64     length;
} JinjaRange;

/* Why something is undefined: `hint` where given, else the name, or `object` has no `name`. */
typedef struct {
  JinjaValue  base;
  JinjaValue *name;   /* or NULL */
  JinjaValue *object; /* or NULL */
  const char *hint;   /* a literal, with %s for the name, or NULL */
  gboolean    unsafe; /* the sandbox hides it */
} JinjaUndefined;

/* Where an iteration over any iterable stands. */
typedef struct {
  JinjaValue *source; /* NULL: nothing more comes */
  gsize       at;     /* index, byte or entry of what comes next */
  gsize       size;   /* of a dict when the iteration began */
} JinjaIter;

/* A lazy sequence: gives the next value, or NULL at the end or after an error. */
typedef struct _JinjaIterator JinjaIterator;
typedef JinjaValue *(*JinjaNextFunc) (JinjaRender *render, JinjaIterator *self);

struct _JinjaIterator {
  JinjaValue    base;
  JinjaNextFunc next;
  JinjaIter     source;
  JinjaValue   *state[3];     /* what `next` needs: filter arguments, seen keys, … */
  gconstpointer data;         /* a filter or test, or NULL */
  gsize         number[2];
  const char   *type_name;    /* as Python calls it */
};

typedef struct {
  JinjaValue base;
  JinjaList *items;
  gsize      at;
} JinjaCycler;

typedef struct {
  JinjaValue  base;
  JinjaValue *separator;
  gboolean    used;
} JinjaJoiner;

/* Variables of a part of a template, inside those of `parent`. */
typedef struct _JinjaScope JinjaScope;
struct _JinjaScope {
  JinjaValue  base;
  JinjaScope *parent;
  JinjaTable  table;
};

typedef struct {
  JinjaValue               base;
  const struct _JinjaNode *node;  /* a MACRO or CALL_BLOCK */
  JinjaScope              *scope; /* where it was defined */
} JinjaMacro;

/* The loop variable, and the loop's state. */
typedef struct {
  JinjaValue               base;
  const struct _JinjaNode *node;   /* the FOR */
  JinjaScope              *scope;  /* around the loop */
  JinjaValue              *source; /* what was given to iterate over */
  JinjaIter                iter;
  JinjaValue              *before, *current, *after; /* `after` only once it was asked for */
  JinjaValue              *changed;                  /* a tuple: the last arguments of changed() */
  gssize                   index0;
  gssize                   length; /* -1: not known yet */
  guint                    depth0;
} JinjaLoop;

typedef struct _JinjaArgs JinjaArgs;
typedef JinjaValue *(*JinjaMethodFunc) (JinjaRender *render, JinjaValue *self, const JinjaArgs *args);

typedef struct {
  const char     *name;
  JinjaMethodFunc func;
  gboolean        mutates; /* refused in chat templates */
} JinjaMethodDef;

typedef struct {
  JinjaValue            base;
  const JinjaMethodDef *def;
  JinjaValue           *self; /* NULL of a function */
} JinjaMethod;

typedef struct {
  JinjaValue               base;
  const struct _JinjaNode *node; /* the BLOCK */
} JinjaBlock;

/* Constants. */
extern JinjaValue jinja_none;
extern JinjaBool  jinja_true, jinja_false;

#define JINJA_NONE_VALUE ((JinjaValue *) &jinja_none)
#define jinja_bool(b) ((JinjaValue *) ((b) ? &jinja_true : &jinja_false))
JinjaValue *jinja_empty_string (void);

/* Casts, checked in debug builds. */
static inline gpointer
jinja_cast (gconstpointer value, guint kinds)
{
  g_assert ((1u << ((const JinjaValue *) value)->kind) & kinds);
  return (gpointer) value;
}
#define JINJA_KIND_BIT(kind) (1u << (kind))
#define jinja_as_int(v)       (((JinjaInt *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_INT)))->value)
#define jinja_as_bool(v)      (((JinjaBool *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_BOOL)))->value)
#define jinja_as_float(v)     (((JinjaFloat *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_FLOAT)))->value)
#define jinja_as_bigint(v)    ((JinjaBigint *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_BIGINT)))
#define jinja_as_string(v)    ((JinjaString *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_STRING)))
#define jinja_as_list(v)      ((JinjaList *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_LIST) | JINJA_KIND_BIT (JINJA_TUPLE)))
#define jinja_as_dict(v)      ((JinjaDict *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_DICT) | JINJA_KIND_BIT (JINJA_NAMESPACE)))
#define jinja_as_view(v)      ((JinjaView *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_VIEW)))
#define jinja_as_range(v)     ((JinjaRange *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_RANGE)))
#define jinja_as_undefined(v) ((JinjaUndefined *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_UNDEFINED)))
#define jinja_as_iterator(v)  ((JinjaIterator *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_ITERATOR)))
#define jinja_as_cycler(v)    ((JinjaCycler *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_CYCLER)))
#define jinja_as_joiner(v)    ((JinjaJoiner *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_JOINER)))
#define jinja_as_macro(v)     ((JinjaMacro *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_MACRO)))
#define jinja_as_loop(v)      ((JinjaLoop *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_LOOP)))
#define jinja_as_method(v)    ((JinjaMethod *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_METHOD) | JINJA_KIND_BIT (JINJA_FUNCTION)))
#define jinja_as_block(v)     ((JinjaBlock *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_BLOCK)))
#define jinja_as_scope(v)     ((JinjaScope *) jinja_cast ((v), JINJA_KIND_BIT (JINJA_SCOPE)))

static inline gboolean
jinja_is (const JinjaValue *value, JinjaKind kind)
{
  return value->kind == kind;
}

static inline gboolean
jinja_is_markup (const JinjaValue *value)
{
  return (value->flags & JINJA_FLAG_MARKUP) != 0;
}

/* Makers. `heap` NULL makes a counted value. The makers of strings check nothing: UTF-8 goes in. */
gpointer      jinja_value_alloc (JinjaHeap *heap, JinjaKind kind, gsize size); /* zeroed */
JinjaValue   *jinja_int (JinjaHeap *heap, gint64 value);
JinjaValue   *jinja_float (JinjaHeap *heap, double value);
JinjaValue   *jinja_string (JinjaHeap *heap, const char *text, gsize n_bytes);
JinjaValue   *jinja_string_literal (JinjaHeap *heap, const char *text);
JinjaString  *jinja_string_alloc (JinjaHeap *heap, gsize n_bytes); /* to be filled, n_chars too */
JinjaList    *jinja_list (JinjaHeap *heap, gsize room);
JinjaList    *jinja_tuple (JinjaHeap *heap, gsize room);
JinjaDict    *jinja_dict (JinjaHeap *heap);

/* Appends; a counted list takes the item. */
void jinja_list_push (JinjaList *list, JinjaValue *item);
void jinja_list_push_all (JinjaList *list, JinjaValue *const *items, gsize n);
void jinja_list_insert (JinjaList *list, gsize at, JinjaValue *item);
void jinja_list_remove (JinjaList *list, gsize at); /* lists in a heap alone */

guint32  jinja_string_hash (JinjaString *string);
gboolean jinja_string_equal (const JinjaString *a, const JinjaString *b);
gboolean jinja_string_is (const JinjaValue *value, const char *text);

/* Calls `visit` with each value that this one holds. */
typedef void (*JinjaVisitFunc) (JinjaValue *child, gpointer data);
void jinja_value_visit (JinjaValue *value, JinjaVisitFunc visit, gpointer data);

/* Frees one value's memory, not what it holds. */
void jinja_value_destroy (JinjaHeap *heap, JinjaValue *value);

/* mill_jinja_map_set with a string made already; takes both. */
void jinja_map_set_value (JinjaValue *self, JinjaValue *key, JinjaValue *value);

G_END_DECLS
