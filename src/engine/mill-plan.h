/* mill-plan.h: a list of kernel dispatches, recorded once and replayed.
 *
 * A step names what it reads and what it writes; the barriers between steps come from that. Values that
 * change from replay to replay are read by the kernels from a buffer, so nothing is recorded anew.
 *
 * Thread-safety: belongs to the thread that owns the MillGpu.
 */
#pragma once

#include "mill-gpu.h"

G_BEGIN_DECLS

typedef enum { MILL_READ = 1 << 0, MILL_WRITE = 1 << 1 } MillAccess;

/* A range of a buffer as a step uses it. Its address is what the kernel gets: the push constants of
 * every kernel begin with the 64-bit addresses of its operands, in order. `buffer` NULL: address 0. */
typedef struct {
  MillGpuBuffer *buffer;
  gsize          offset;
  gsize          size;   /* bytes that may be touched, for barriers */
  MillAccess     access;
} MillOperand;

typedef struct _MillPlan MillPlan;

MillPlan *mill_plan_new (MillGpu *gpu);
void      mill_plan_free (MillPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillPlan, mill_plan_free)

/* Adds a dispatch of `groups` work-groups. `scalars` are the push constants after the addresses. At most 128 bytes in all. */
void mill_plan_dispatch (MillPlan *self, MillGpuKernel *kernel, const MillOperand *operands, guint n_operands,
                         const guint32 *scalars, guint n_scalars, const guint32 groups[3]);

/* Ends a part of the plan: a submission is made of whole parts, so that its time can be bounded. */
void mill_plan_split (MillPlan *self);

/* Records what was added; nothing can be added afterwards. */
gboolean mill_plan_record (MillPlan *self, GError **error);

/* Runs the plan and waits for it, in submissions of about `budget_ms` at most, by what its parts took
 * before. Between two of them `cancellable` is looked at. Errors: MILL_ENGINE_ERROR_DEVICE_LOST, G_IO_ERROR_CANCELLED. */
gboolean mill_plan_run (MillPlan *self, guint budget_ms, GCancellable *cancellable, GError **error);

guint mill_plan_get_n_dispatches (MillPlan *self);
guint mill_plan_get_n_barriers (MillPlan *self);

G_END_DECLS
