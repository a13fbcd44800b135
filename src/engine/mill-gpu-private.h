/* mill-gpu-private.h: the Vulkan objects behind mill-gpu.h, for the files that make and use them. */
#pragma once

#include "mill-gpu.h"

#include <vulkan/vulkan.h>

G_BEGIN_DECLS

struct _MillGpu {
  MillGpuInfo                     *info;
  VkInstance                       instance;
  VkDebugUtilsMessengerEXT         messenger; /* with MILLRACE_VALIDATE only */
  VkPhysicalDevice                 physical;
  VkPhysicalDeviceMemoryProperties memory;
  VkDevice                         device;
  VkQueue                          queue;
  guint32                          family;
  VkCommandPool                    pool;
  VkFence                          fence;
  VkPipelineCache                  cache;
  gsize                            cache_size; /* bytes when it was loaded */
  GHashTable                      *kernels;    /* char* → MillGpuKernel* */
  gboolean                         size_control;
  guint64                          used;
};

struct _MillGpuKernel {
  MillGpu         *gpu;
  VkShaderModule   module;
  VkPipelineLayout layout;
  VkPipeline       pipeline;
  char            *key;
};

struct _MillGpuBuffer {
  MillGpu        *gpu;
  VkBuffer        buffer;
  VkDeviceMemory  memory;
  VkDeviceAddress address;
  gsize           size;
  gsize           taken; /* bytes of memory it takes */
  gpointer        data;
};

/* Instance for listing or opening. `messenger` may be NULL. */
VkInstance mill_gpu_instance_new (VkDebugUtilsMessengerEXT *messenger, GError **error);
void       mill_gpu_instance_free (VkInstance instance, VkDebugUtilsMessengerEXT messenger);

/* What the device says of itself. */
MillGpuInfo *mill_gpu_probe (VkPhysicalDevice physical, guint index);

/* The physical devices of an instance; free with g_free. */
VkPhysicalDevice *mill_gpu_enumerate (VkInstance instance, guint32 *n, GError **error);

/* GError for a VkResult: `what` is what was tried. Gives FALSE. */
gboolean mill_gpu_fail (MillGpu *gpu, VkResult result, const char *what, GError **error);

/* Gives an object a name in validation messages and captures. */
void mill_gpu_name (MillGpu *gpu, VkObjectType type, guint64 handle, const char *name);

void     mill_gpu_load_cache (MillGpu *self);
void     mill_gpu_kernels_free (MillGpu *self);
gboolean mill_gpu_submit (MillGpu *self, const VkCommandBuffer *commands, guint32 n, GError **error); /* and waits */

G_END_DECLS
