/* mill-gpu.h: a Vulkan device, its memory and its pipelines, as the engine needs them.
 *
 * Above this file the engine knows buffers with addresses, kernels and plans; no Vulkan object leaves it
 * except through mill-gpu-private.h.
 *
 * Thread-safety: listing devices is safe from any thread; an opened MillGpu belongs to one thread at a
 * time.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum { MILL_GPU_DISCRETE, MILL_GPU_INTEGRATED, MILL_GPU_VIRTUAL, MILL_GPU_CPU, MILL_GPU_OTHER } MillGpuKind;

/* What was found out about a device by asking it. Sizes are bytes. */
typedef struct {
  guint       index;          /* in the loader's order */
  char       *name;
  char       *driver;         /* name and version for people */
  char       *uuid;           /* 32 hexadecimal digits */
  MillGpuKind kind;
  guint32     vendor_id;
  guint32     device_id;
  guint32     driver_id;      /* VkDriverId */
  guint32     driver_version;
  guint32     api_version;
  guint64     memory;         /* the largest device-local heap */
  guint64     max_allocation; /* one allocation */
  guint64     max_buffer;     /* one buffer or storage range */
  guint       subgroup_size;  /* the default one */
  guint       min_subgroup;   /* range that a pipeline may ask for; 0: it may not */
  guint       max_subgroup;
  guint       max_workgroup;  /* invocations */
  guint       shared_memory;
  gboolean    buffer_address; /* buffer device address: fast kernels take it */
  gboolean    float16;        /* arithmetic */
  gboolean    storage16;
  gboolean    storage8;
  gboolean    int8;
  gboolean    int64;
  gboolean    int_dot;        /* accelerated 4x8-bit integer dot product */
  gboolean    coop_matrix;
  char       *unusable;       /* why it cannot be used, or NULL */
} MillGpuInfo;

void mill_gpu_info_free (MillGpuInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillGpuInfo, mill_gpu_info_free)

const char *mill_gpu_kind_to_string (MillGpuKind kind); /* "discrete", … */

/* Sets what a software device reads from the environment when its driver loads (wider vectors where
 * the processor has them). To be called first thing in main(), before any thread is there; what the
 * user has set stays. */
void mill_gpu_prepare_environment (void);

/* All devices, in the loader's order (MillGpuInfo). An empty array where there is none; an error only
 * where Vulkan itself cannot be reached. */
GPtrArray *mill_gpu_list (GError **error);

/* Chooses a device of `list`: by `selector` (an index, a UUID or a part of the name, any case), else by
 * MILLRACE_DEVICE, else the first usable of discrete, integrated, virtual, CPU. `reason` says why, for people. */
const MillGpuInfo *mill_gpu_choose (GPtrArray *list, const char *selector, char **reason, GError **error);

typedef struct _MillGpu MillGpu;

/* Opens the chosen device. Errors: MILL_ENGINE_ERROR_NO_DEVICE, MILL_ENGINE_ERROR_UNSUPPORTED. */
MillGpu           *mill_gpu_open (const char *selector, GError **error);
void               mill_gpu_free (MillGpu *self); /* after everything that was made from it */
const MillGpuInfo *mill_gpu_get_info (MillGpu *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillGpu, mill_gpu_free)

/* A piece of device memory with an address that kernels use. */
typedef struct _MillGpuBuffer MillGpuBuffer;

typedef enum {
  MILL_GPU_MEMORY_DEVICE, /* for kernels alone; written by mill_gpu_upload */
  MILL_GPU_MEMORY_HOST,   /* mapped and coherent, for the values of each step and for results */
} MillGpuMemory;

/* Errors: MILL_ENGINE_ERROR_MEMORY, which names `label` and the size. */
MillGpuBuffer *mill_gpu_buffer_new (MillGpu *gpu, MillGpuMemory memory, gsize size, const char *label, GError **error);
void           mill_gpu_buffer_free (MillGpuBuffer *self);
guint64        mill_gpu_buffer_get_address (const MillGpuBuffer *self);
gsize          mill_gpu_buffer_get_size (const MillGpuBuffer *self);
/* The host's view; NULL for device memory that the host cannot see. */
gpointer       mill_gpu_buffer_get_data (const MillGpuBuffer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillGpuBuffer, mill_gpu_buffer_free)

/* Writes `size` bytes to `buffer` at `offset` through `fill`, which is called one or more times with
 * where to write and which part of the data it is: directly into the buffer where the host sees it,
 * else into staging memory that is copied. Pieces are multiples of `unit` bytes. Waits until it is there. */
typedef void (*MillGpuFill) (gpointer to, gsize offset, gsize size, gpointer user_data);
gboolean mill_gpu_upload (MillGpu *gpu, MillGpuBuffer *buffer, gsize offset, gsize size, gsize unit,
                          MillGpuFill fill, gpointer user_data, GError **error);

/* Bytes that all buffers of the device take now, and the most they took. */
guint64 mill_gpu_get_memory_used (MillGpu *self);

/* A compiled kernel with its constants: made once, found again by name and constants. `words` is the
 * SPIR-V name in the table of shaders. Constant i is specialisation constant id i. `subgroup` asks for that
 * subgroup size where the device lets a pipeline choose; 0: whatever. Owned by the gpu. */
typedef struct _MillGpuKernel MillGpuKernel;
MillGpuKernel *mill_gpu_get_kernel (MillGpu *self, const char *name, const guint32 *constants, guint n_constants,
                                    guint subgroup, GError **error);

/* Writes the pipeline cache to the user's cache folder if it grew. Failing is no harm. */
void mill_gpu_save_cache (MillGpu *self);

G_END_DECLS
