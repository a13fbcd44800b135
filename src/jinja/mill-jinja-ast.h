/* mill-jinja-ast.h: a parsed template.
 *
 * Nodes, their arrays and constants belong to the template and live as long as it. They are never
 * changed after parsing, so any thread may render.
 */
#pragma once

#include "mill-jinja-value.h"

G_BEGIN_DECLS

/* Levels of brackets and statements that may nest. */
#define JINJA_MAX_DEPTH 200

/* Levels of a tree of expressions: chains such as a + b + c + … lean to the left. */
#define JINJA_MAX_HEIGHT 500

/* Bytes of source. */
#define JINJA_MAX_SOURCE (2 << 20)

typedef struct _JinjaNode JinjaNode;

typedef enum {
  /* expressions */
  JINJA_NODE_CONST,
  JINJA_NODE_NAME,
  JINJA_NODE_NSREF, /* ns.name as a target of set */
  JINJA_NODE_TUPLE,
  JINJA_NODE_LIST,
  JINJA_NODE_DICT,
  JINJA_NODE_COND,
  JINJA_NODE_OR,
  JINJA_NODE_AND,
  JINJA_NODE_NOT,
  JINJA_NODE_NEG,
  JINJA_NODE_POS,
  JINJA_NODE_COMPARE,
  JINJA_NODE_BINARY,
  JINJA_NODE_CONCAT,
  JINJA_NODE_GETATTR,
  JINJA_NODE_GETITEM,
  JINJA_NODE_SLICE,
  JINJA_NODE_CALL,
  JINJA_NODE_FILTER,
  JINJA_NODE_TEST,
  /* statements */
  JINJA_NODE_DATA,
  JINJA_NODE_PRINT,
  JINJA_NODE_FOR,
  JINJA_NODE_IF,
  JINJA_NODE_WITH,
  JINJA_NODE_SET,
  JINJA_NODE_SET_BLOCK,
  JINJA_NODE_MACRO,
  JINJA_NODE_CALL_BLOCK,
  JINJA_NODE_FILTER_BLOCK,
  JINJA_NODE_BLOCK,
  JINJA_NODE_AUTOESCAPE,
  JINJA_NODE_GENERATION,
  JINJA_NODE_BREAK,
  JINJA_NODE_CONTINUE,
  JINJA_NODE_LOADER, /* include, import, from and extends: there is no loader */
} JinjaNodeType;

typedef enum {
  JINJA_OP_ADD,
  JINJA_OP_SUB,
  JINJA_OP_MUL,
  JINJA_OP_DIV,
  JINJA_OP_FLOORDIV,
  JINJA_OP_MOD,
  JINJA_OP_POW,
  JINJA_OP_EQ,
  JINJA_OP_NE,
  JINJA_OP_LT,
  JINJA_OP_LE,
  JINJA_OP_GT,
  JINJA_OP_GE,
  JINJA_OP_IN,
  JINJA_OP_NOT_IN,
} JinjaOp;

/* Whether a part of a template escapes what it prints: decided where it stands, unless it stands in
 * {% autoescape EXPRESSION %}. */
typedef enum { JINJA_ESCAPE_OFF, JINJA_ESCAPE_ON, JINJA_ESCAPE_DYNAMIC } JinjaEscape;

typedef struct {
  JinjaNode **items;
  gsize       n;
} JinjaNodes;

/* What stands in the parentheses of a call. */
typedef struct {
  JinjaNodes    positional;
  JinjaNodes    named;
  JinjaString **names;    /* of `named` */
  JinjaNode    *dyn_args; /* *expression, or NULL */
  JinjaNode    *dyn_named; /* **expression, or NULL */
} JinjaCallArgs;

/* The head and the body of a macro or a call block. */
typedef struct {
  JinjaString  *name; /* NULL of a call block */
  JinjaString **params;
  gsize         n_params;
  JinjaNodes    defaults; /* of the last parameters */
  JinjaNodes    body;
  gboolean      uses_caller, uses_kwargs, uses_varargs;
} JinjaMacroDef;

struct _JinjaNode {
  guint8  type;   /* JinjaNodeType */
  guint8  op;     /* JinjaOp */
  guint8  escape; /* JinjaEscape, of PRINT, CONCAT and SET_BLOCK */
  guint16 height; /* of an expression: levels below it */
  guint   line;
  union {
    JinjaValue *value;   /* CONST, DATA */
    JinjaString *name;   /* NAME, LOADER (the tag) */
    JinjaNodes   items;  /* TUPLE, LIST, CONCAT; DICT: keys and values by turns */
    JinjaNode   *operand; /* NOT, NEG, POS, PRINT */
    struct { JinjaNode *left, *right; } binary; /* OR, AND, BINARY */
    struct { JinjaNode *test, *then, *otherwise; } cond;
    struct { JinjaNode *first; JinjaNodes rest; guint8 *ops; } compare; /* ops[i] (JinjaOp) before rest[i] */
    struct { JinjaNode *object; JinjaString *name; } attr; /* GETATTR; NSREF: object is a NAME */
    struct { JinjaNode *object, *index; } item;
    struct { JinjaNode *start, *stop, *step; } slice; /* each may be NULL */
    struct { JinjaNode *callee; JinjaCallArgs args; } call;
    /* input NULL: the body of a filter or set block. def NULL: there is none of that name. */
    struct { JinjaNode *input; JinjaString *name; gconstpointer def; JinjaCallArgs args; } filter; /* TEST too */

    struct { JinjaNode *target, *iter, *test; JinjaNodes body, otherwise; gboolean recursive; } loop;
    /* bodies[i] runs where tests.items[i] is the first that holds. */
    struct { JinjaNodes tests; JinjaNodes *bodies; JinjaNodes otherwise; } branch;
    struct { JinjaNodes targets, values, body; } with;
    struct { JinjaNode *target, *value; } set;
    struct { JinjaNode *target, *filter; JinjaNodes body; } set_block; /* filter may be NULL */
    struct { JinjaMacroDef def; JinjaNode *call; } macro; /* CALL_BLOCK: `call` is a CALL */
    struct { JinjaNode *filter; JinjaNodes body; } filter_block;
    struct { JinjaString *name; JinjaNodes body; gboolean scoped, required; } block;
    struct { JinjaNode *value; JinjaNodes body; } scope; /* AUTOESCAPE, GENERATION */
  };
};

struct _MillJinjaTemplate {
  int                  refs;
  MillJinjaEnvironment environment;
  JinjaNodes           body;
  GHashTable          *blocks; /* name (JinjaString) → BLOCK */
  GHashTable          *names;  /* text → JinjaString, each name once: pointers can be compared */
  GHashTable          *reads;  /* set of JinjaString: variables that are read */
  JinjaValue          *loop_name, *super_name; /* the names of special variables */
  JinjaValue          *special_names[3];       /* caller, kwargs, varargs */
  GPtrArray           *values; /* counted constants */
  GPtrArray           *memory; /* what nodes are made of */
};

/* Parses into an empty template. */
gboolean jinja_parse (MillJinjaTemplate *template, const char *source, gsize length, GError **error);

G_END_DECLS
