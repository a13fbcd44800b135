/* A plan: dispatches, the barriers that follow from what they read and write, and their replay. */
#include "mill-plan.h"

#include "mill-error.h"
#include "mill-gpu-private.h"

#include <string.h>

#define PUSH_BYTES 128

typedef struct {
  MillGpuKernel *kernel;
  guint32        groups[3];
  guint8         push[PUSH_BYTES];
  guint          push_size;
  gboolean       barrier; /* before it */
  gboolean       split;   /* a new part begins with it */
} Step;

typedef struct {
  guint64 begin, end;
} Range;

typedef struct {
  VkCommandBuffer commands;
  double          seconds; /* what it took, smoothed; 0 before the first run */
} Part;

struct _MillPlan {
  MillGpu *gpu;
  GArray  *steps; /* Step */
  GArray  *read;  /* Range: by steps since the last barrier */
  GArray  *written;
  GArray  *parts; /* Part */
  gboolean split;
  guint    n_barriers;
};

MillPlan *
mill_plan_new (MillGpu *gpu)
{
  MillPlan *self = g_new0 (MillPlan, 1);
  self->gpu = gpu;
  self->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  self->read = g_array_new (FALSE, FALSE, sizeof (Range));
  self->written = g_array_new (FALSE, FALSE, sizeof (Range));
  self->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  return self;
}

void
mill_plan_free (MillPlan *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->parts->len; i++)
    vkFreeCommandBuffers (self->gpu->device, self->gpu->pool, 1, &g_array_index (self->parts, Part, i).commands);
  g_array_unref (self->steps);
  g_array_unref (self->read);
  g_array_unref (self->written);
  g_array_unref (self->parts);
  g_free (self);
}

static gboolean
overlaps (GArray *ranges, Range range)
{
  for (guint i = 0; i < ranges->len; i++)
    {
      const Range *other = &g_array_index (ranges, Range, i);
      if (range.begin < other->end && other->begin < range.end)
        return TRUE;
    }
  return FALSE;
}

static Range
range_of (const MillOperand *operand)
{
  guint64 begin = operand->buffer->address + operand->offset;
  return (Range) { begin, begin + operand->size };
}

/* Whether a step must wait for those since the last barrier: it reads what they wrote, or writes what
 * they wrote or read. */
static gboolean
depends (MillPlan *self, const MillOperand *operands, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      if (operands[i].buffer == NULL)
        continue;
      Range range = range_of (&operands[i]);
      if (overlaps (self->written, range) || ((operands[i].access & MILL_WRITE) && overlaps (self->read, range)))
        return TRUE;
    }
  return FALSE;
}

void
mill_plan_dispatch (MillPlan *self, MillGpuKernel *kernel, const MillOperand *operands, guint n_operands,
                    const guint32 *scalars, guint n_scalars, const guint32 groups[3])
{
  g_assert (self->parts->len == 0);
  g_assert (n_operands * 8 + n_scalars * 4 <= PUSH_BYTES);
  Step step = { .kernel = kernel, .push_size = n_operands * 8 + n_scalars * 4, .split = self->split };
  self->split = FALSE;
  memcpy (step.groups, groups, sizeof step.groups);
  for (guint i = 0; i < n_operands; i++)
    {
      const MillOperand *operand = &operands[i];
      g_assert (operand->buffer == NULL || operand->offset + operand->size <= operand->buffer->size);
      guint64 address = operand->buffer != NULL ? operand->buffer->address + operand->offset : 0;
      memcpy (step.push + i * 8, &address, 8);
    }
  if (n_scalars > 0)
    memcpy (step.push + n_operands * 8, scalars, n_scalars * 4);

  step.barrier = depends (self, operands, n_operands);
  if (step.barrier)
    {
      g_array_set_size (self->read, 0);
      g_array_set_size (self->written, 0);
      self->n_barriers++;
    }
  for (guint i = 0; i < n_operands; i++)
    if (operands[i].buffer != NULL)
      {
        Range range = range_of (&operands[i]);
        if (operands[i].access & MILL_READ)
          g_array_append_val (self->read, range);
        if (operands[i].access & MILL_WRITE)
          g_array_append_val (self->written, range);
      }
  g_array_append_val (self->steps, step);
}

void
mill_plan_split (MillPlan *self)
{
  self->split = self->steps->len > 0;
}

static void
record_barrier (VkCommandBuffer commands)
{
  const VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT,
  };
  vkCmdPipelineBarrier (commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier,
                        0, NULL, 0, NULL);
}

static void
record_step (VkCommandBuffer commands, const Step *step, VkPipeline *bound)
{
  if (step->barrier)
    record_barrier (commands);
  if (*bound != step->kernel->pipeline)
    {
      vkCmdBindPipeline (commands, VK_PIPELINE_BIND_POINT_COMPUTE, step->kernel->pipeline);
      *bound = step->kernel->pipeline;
    }
  if (step->push_size > 0)
    vkCmdPushConstants (commands, step->kernel->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, step->push_size, step->push);
  vkCmdDispatch (commands, step->groups[0], step->groups[1], step->groups[2]);
}

/* What a part wrote is seen by the next one and, after the last, by the host. */
static void
end_part (VkCommandBuffer commands)
{
  const VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_HOST_READ_BIT,
  };
  vkCmdPipelineBarrier (commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                        VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
}

static gboolean
record_part (MillPlan *self, guint first, guint end, GError **error)
{
  const VkCommandBufferAllocateInfo allocate = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = self->gpu->pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };
  const VkCommandBufferBeginInfo begin = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO };
  Part part = { 0 };
  VkResult result = vkAllocateCommandBuffers (self->gpu->device, &allocate, &part.commands);
  if (result != VK_SUCCESS)
    return mill_gpu_fail (self->gpu, result, "record the model's steps", error);
  g_array_append_val (self->parts, part);

  VkPipeline bound = VK_NULL_HANDLE;
  result = vkBeginCommandBuffer (part.commands, &begin);
  if (result == VK_SUCCESS)
    {
      for (guint i = first; i < end; i++)
        record_step (part.commands, &g_array_index (self->steps, Step, i), &bound);
      end_part (part.commands);
      result = vkEndCommandBuffer (part.commands);
    }
  return result == VK_SUCCESS || mill_gpu_fail (self->gpu, result, "record the model's steps", error);
}

gboolean
mill_plan_record (MillPlan *self, GError **error)
{
  g_assert (self->parts->len == 0);
  guint first = 0;
  for (guint i = 1; i <= self->steps->len; i++)
    if (i == self->steps->len || g_array_index (self->steps, Step, i).split)
      {
        if (!record_part (self, first, i, error))
          return FALSE;
        first = i;
      }
  return TRUE;
}

/* How many parts from `first` on fit the budget by what they took before; unknown ones go alone. */
static guint
parts_in_budget (MillPlan *self, guint first, double budget)
{
  guint n = 0;
  double sum = 0;
  while (first + n < self->parts->len)
    {
      double seconds = g_array_index (self->parts, Part, first + n).seconds;
      if (n > 0 && (seconds == 0 || sum + seconds > budget))
        break;
      sum += seconds;
      n++;
      if (seconds == 0)
        break;
    }
  return n;
}

gboolean
mill_plan_run (MillPlan *self, guint budget_ms, GCancellable *cancellable, GError **error)
{
  enum { MOST = 256 };
  VkCommandBuffer commands[MOST];
  for (guint first = 0; first < self->parts->len;)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      guint n = MIN (parts_in_budget (self, first, budget_ms / 1e3), MOST);
      for (guint i = 0; i < n; i++)
        commands[i] = g_array_index (self->parts, Part, first + i).commands;
      gint64 start = g_get_monotonic_time ();
      if (!mill_gpu_submit (self->gpu, commands, n, error))
        return FALSE;
      double seconds = (g_get_monotonic_time () - start) / 1e6 / n;
      for (guint i = 0; i < n; i++)
        {
          Part *part = &g_array_index (self->parts, Part, first + i);
          part->seconds = part->seconds == 0 ? seconds : 0.75 * part->seconds + 0.25 * seconds;
        }
      first += n;
    }
  return TRUE;
}

guint
mill_plan_get_n_dispatches (MillPlan *self)
{
  return self->steps->len;
}

guint
mill_plan_get_n_barriers (MillPlan *self)
{
  return self->n_barriers;
}
