/* Buffers in device memory, and how bytes get into them. */
#include "mill-gpu-private.h"

#include "mill-error.h"

#include <string.h>

#define STAGING_SIZE (16u << 20)

/* The memory type for a buffer, or -1. Device memory that the host also sees is taken where its heap is
 * as large as the device's largest (integrated devices, resizable BAR): then nothing is staged. */
static int
find_type (MillGpu *gpu, guint32 allowed, MillGpuMemory memory)
{
  const VkMemoryPropertyFlags host = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  const VkMemoryPropertyFlags device = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  const VkMemoryPropertyFlags wishes[2][3] = {
    { device | host, device, 0 },
    { host | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, host, host },
  };
  for (guint wish = 0; wish < 3; wish++)
    for (guint32 i = 0; i < gpu->memory.memoryTypeCount; i++)
      {
        const VkMemoryType *type = &gpu->memory.memoryTypes[i];
        VkMemoryPropertyFlags flags = wishes[memory][wish];
        gboolean small_window = memory == MILL_GPU_MEMORY_DEVICE && wish == 0 &&
                                gpu->memory.memoryHeaps[type->heapIndex].size < gpu->info->memory;
        if ((allowed & (1u << i)) && (type->propertyFlags & flags) == flags && !small_window)
          return i;
      }
  return -1;
}

static VkResult
bind_memory (MillGpuBuffer *self, MillGpuMemory memory)
{
  MillGpu *gpu = self->gpu;
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements (gpu->device, self->buffer, &needs);
  int type = find_type (gpu, needs.memoryTypeBits, memory);
  if (type < 0 || needs.size > gpu->info->max_allocation)
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;

  const VkMemoryAllocateFlagsInfo flags = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
    .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT,
  };
  const VkMemoryAllocateInfo allocate = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
    .pNext = &flags,
    .allocationSize = needs.size,
    .memoryTypeIndex = type,
  };
  VkResult result = vkAllocateMemory (gpu->device, &allocate, NULL, &self->memory);
  if (result != VK_SUCCESS)
    return result;
  self->taken = needs.size;
  gpu->used += self->taken;
  result = vkBindBufferMemory (gpu->device, self->buffer, self->memory, 0);
  const VkMemoryPropertyFlags host = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  if (result == VK_SUCCESS && (gpu->memory.memoryTypes[type].propertyFlags & host) == host)
    result = vkMapMemory (gpu->device, self->memory, 0, VK_WHOLE_SIZE, 0, &self->data);
  return result;
}

MillGpuBuffer *
mill_gpu_buffer_new (MillGpu *gpu, MillGpuMemory memory, gsize size, const char *label, GError **error)
{
  g_assert (size > 0);
  g_autoptr (MillGpuBuffer) self = g_new0 (MillGpuBuffer, 1);
  self->gpu = gpu;
  self->size = size;
  const VkBufferCreateInfo create = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
    .size = size,
    .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT |
             VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
    .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
  };
  VkResult result = vkCreateBuffer (gpu->device, &create, NULL, &self->buffer);
  if (result == VK_SUCCESS)
    result = bind_memory (self, memory);
  if (result != VK_SUCCESS)
    {
      g_autofree char *bytes = g_format_size_full (size, G_FORMAT_SIZE_IEC_UNITS);
      g_autofree char *what = g_strdup_printf ("reserve %s for %s", bytes, label);
      mill_gpu_fail (gpu, result, what, error);
      return NULL;
    }
  const VkBufferDeviceAddressInfo address = { .sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = self->buffer };
  self->address = vkGetBufferDeviceAddress (gpu->device, &address);
  mill_gpu_name (gpu, VK_OBJECT_TYPE_BUFFER, (guint64) (guintptr) self->buffer, label);
  return g_steal_pointer (&self);
}

void
mill_gpu_buffer_free (MillGpuBuffer *self)
{
  if (self == NULL)
    return;
  vkDestroyBuffer (self->gpu->device, self->buffer, NULL);
  vkFreeMemory (self->gpu->device, self->memory, NULL);
  self->gpu->used -= self->taken;
  g_free (self);
}

guint64
mill_gpu_buffer_get_address (const MillGpuBuffer *self)
{
  return self->address;
}

gsize
mill_gpu_buffer_get_size (const MillGpuBuffer *self)
{
  return self->size;
}

gpointer
mill_gpu_buffer_get_data (const MillGpuBuffer *self)
{
  return self->data;
}

static gboolean
copy_from (MillGpu *gpu, MillGpuBuffer *from, MillGpuBuffer *to, gsize offset, gsize size, GError **error)
{
  const VkCommandBufferAllocateInfo allocate = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = gpu->pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };
  const VkCommandBufferBeginInfo begin = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
  };
  const VkBufferCopy region = { .srcOffset = 0, .dstOffset = offset, .size = size };
  VkCommandBuffer commands;
  VkResult result = vkAllocateCommandBuffers (gpu->device, &allocate, &commands);
  if (result != VK_SUCCESS)
    return mill_gpu_fail (gpu, result, "upload the model", error);
  vkBeginCommandBuffer (commands, &begin);
  vkCmdCopyBuffer (commands, from->buffer, to->buffer, 1, &region);
  vkEndCommandBuffer (commands);
  gboolean done = mill_gpu_submit (gpu, &commands, 1, error);
  vkFreeCommandBuffers (gpu->device, gpu->pool, 1, &commands);
  return done;
}

gboolean
mill_gpu_upload (MillGpu *gpu, MillGpuBuffer *buffer, gsize offset, gsize size, gsize unit, MillGpuFill fill,
                 gpointer user_data, GError **error)
{
  g_assert (offset + size <= buffer->size && unit > 0);
  if (buffer->data != NULL)
    {
      fill ((guint8 *) buffer->data + offset, 0, size, user_data);
      return TRUE;
    }
  gsize piece = MAX (STAGING_SIZE / unit, 1) * unit;
  g_autoptr (MillGpuBuffer) staging = mill_gpu_buffer_new (gpu, MILL_GPU_MEMORY_HOST, MIN (piece, size), "upload", error);
  if (staging == NULL)
    return FALSE;
  for (gsize done = 0; done < size; done += piece)
    {
      gsize now = MIN (piece, size - done);
      fill (staging->data, done, now, user_data);
      if (!copy_from (gpu, staging, buffer, offset + done, now, error))
        return FALSE;
    }
  return TRUE;
}
