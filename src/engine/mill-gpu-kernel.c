/* Kernels: pipelines made once, kept by name and constants, and the driver's cache of them on disk.
 *
 * The cache file is ours around the driver's blob: a magic, the device's and driver's identity, and the
 * blob's SHA-256. A file that does not fit is not shown to the driver. */
#include "mill-gpu-private.h"

#include "mill-error.h"
#include "mill-shaders.h"

#include <glib/gstdio.h>
#include <string.h>

#define MAX_CONSTANTS 16
#define PUSH_CONSTANT_BYTES 128

static const char cache_magic[8] = "MILLPC1";

static char *
cache_path (MillGpu *self)
{
  const MillGpuInfo *info = self->info;
  g_autofree char *name = g_strdup_printf ("%04x-%04x-%08x-%s.pipelines", info->vendor_id, info->device_id,
                                           info->driver_version, info->uuid);
  return g_build_filename (g_get_user_cache_dir (), "millrace", "pipelines", name, NULL);
}

/* The blob of a cache file, or NULL where the file is not one of ours, whole and for this driver. */
static GBytes *
read_cache (const char *path)
{
  g_autofree char *data = NULL;
  gsize length = 0;
  const gsize header = sizeof cache_magic + 32;
  if (!g_file_get_contents (path, &data, &length, NULL) || length <= header || memcmp (data, cache_magic, sizeof cache_magic) != 0)
    return NULL;
  guint8 digest[32];
  gsize digest_length = sizeof digest;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *) data + header, length - header);
  g_checksum_get_digest (checksum, digest, &digest_length);
  if (memcmp (digest, data + sizeof cache_magic, sizeof digest) != 0)
    return NULL;
  return g_bytes_new (data + header, length - header);
}

void
mill_gpu_load_cache (MillGpu *self)
{
  g_autofree char *path = cache_path (self);
  g_autoptr (GBytes) blob = read_cache (path);
  gsize size = 0;
  const void *data = blob != NULL ? g_bytes_get_data (blob, &size) : NULL;
  VkPipelineCacheCreateInfo create = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
    .initialDataSize = size,
    .pInitialData = data,
  };
  if (vkCreatePipelineCache (self->device, &create, NULL, &self->cache) != VK_SUCCESS)
    {
      create.initialDataSize = 0;
      if (vkCreatePipelineCache (self->device, &create, NULL, &self->cache) != VK_SUCCESS)
        self->cache = VK_NULL_HANDLE;
    }
  self->cache_size = size;
}

void
mill_gpu_save_cache (MillGpu *self)
{
  gsize size = 0;
  if (self->cache == VK_NULL_HANDLE || vkGetPipelineCacheData (self->device, self->cache, &size, NULL) != VK_SUCCESS ||
      size <= self->cache_size)
    return;
  const gsize header = sizeof cache_magic + 32;
  g_autofree guint8 *data = g_malloc (header + size);
  if (vkGetPipelineCacheData (self->device, self->cache, &size, data + header) != VK_SUCCESS)
    return;
  gsize digest_length = 32;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, data + header, size);
  memcpy (data, cache_magic, sizeof cache_magic);
  g_checksum_get_digest (checksum, data + sizeof cache_magic, &digest_length);

  g_autofree char *path = cache_path (self);
  g_autofree char *folder = g_path_get_dirname (path);
  if (g_mkdir_with_parents (folder, 0700) == 0 && g_file_set_contents (path, (const char *) data, header + size, NULL))
    self->cache_size = size;
}

static const MillShader *
find_shader (const char *name)
{
  for (guint i = 0; i < mill_n_shaders; i++)
    if (strcmp (mill_shaders[i].name, name) == 0)
      return &mill_shaders[i];
  return NULL;
}

static char *
kernel_key (const char *name, const guint32 *constants, guint n, guint subgroup)
{
  GString *key = g_string_new (name);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (key, ",%u", constants[i]);
  g_string_append_printf (key, "@%u", subgroup);
  return g_string_free (key, FALSE);
}

static VkResult
make_layout (MillGpuKernel *kernel, const MillShader *shader)
{
  const VkShaderModuleCreateInfo module = {
    .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
    .codeSize = shader->n_words * 4,
    .pCode = shader->words,
  };
  const VkPushConstantRange range = { .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .offset = 0, .size = PUSH_CONSTANT_BYTES };
  const VkPipelineLayoutCreateInfo layout = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
    .pushConstantRangeCount = 1,
    .pPushConstantRanges = &range,
  };
  VkResult result = vkCreateShaderModule (kernel->gpu->device, &module, NULL, &kernel->module);
  return result == VK_SUCCESS ? vkCreatePipelineLayout (kernel->gpu->device, &layout, NULL, &kernel->layout) : result;
}

static VkResult
make_pipeline (MillGpuKernel *kernel, const guint32 *constants, guint n_constants, guint subgroup)
{
  MillGpu *gpu = kernel->gpu;
  VkSpecializationMapEntry entries[MAX_CONSTANTS];
  for (guint i = 0; i < n_constants; i++)
    entries[i] = (VkSpecializationMapEntry) { .constantID = i, .offset = i * 4, .size = 4 };
  const VkSpecializationInfo specialization = {
    .mapEntryCount = n_constants,
    .pMapEntries = entries,
    .dataSize = n_constants * 4,
    .pData = constants,
  };
  const VkPipelineShaderStageRequiredSubgroupSizeCreateInfo required = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
    .requiredSubgroupSize = subgroup,
  };
  gboolean require = gpu->size_control && subgroup >= gpu->info->min_subgroup && subgroup <= gpu->info->max_subgroup;
  const VkComputePipelineCreateInfo create = {
    .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
    .stage = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
      .pNext = require ? &required : NULL,
      .flags = require ? VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT : 0,
      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
      .module = kernel->module,
      .pName = "main",
      .pSpecializationInfo = &specialization,
    },
    .layout = kernel->layout,
  };
  return vkCreateComputePipelines (gpu->device, gpu->cache, 1, &create, NULL, &kernel->pipeline);
}

static void
kernel_free (MillGpuKernel *kernel)
{
  vkDestroyPipeline (kernel->gpu->device, kernel->pipeline, NULL);
  vkDestroyPipelineLayout (kernel->gpu->device, kernel->layout, NULL);
  vkDestroyShaderModule (kernel->gpu->device, kernel->module, NULL);
  g_free (kernel->key);
  g_free (kernel);
}

MillGpuKernel *
mill_gpu_get_kernel (MillGpu *self, const char *name, const guint32 *constants, guint n_constants, guint subgroup,
                     GError **error)
{
  g_assert (n_constants <= MAX_CONSTANTS);
  g_autofree char *key = kernel_key (name, constants, n_constants, subgroup);
  MillGpuKernel *kernel = g_hash_table_lookup (self->kernels, key);
  if (kernel != NULL)
    return kernel;
  const MillShader *shader = find_shader (name);
  if (shader == NULL)
    g_error ("there is no shader named %s", name);

  kernel = g_new0 (MillGpuKernel, 1);
  kernel->gpu = self;
  kernel->key = g_steal_pointer (&key);
  VkResult result = make_layout (kernel, shader);
  if (result == VK_SUCCESS)
    result = make_pipeline (kernel, constants, n_constants, subgroup);
  if (result != VK_SUCCESS)
    {
      g_autofree char *what = g_strdup_printf ("prepare the kernel %s", name);
      mill_gpu_fail (self, result, what, error);
      kernel_free (kernel);
      return NULL;
    }
  mill_gpu_name (self, VK_OBJECT_TYPE_PIPELINE, (guint64) (guintptr) kernel->pipeline, kernel->key);
  g_hash_table_insert (self->kernels, kernel->key, kernel);
  return kernel;
}

void
mill_gpu_kernels_free (MillGpu *self)
{
  GHashTableIter iter;
  gpointer kernel;
  g_hash_table_iter_init (&iter, self->kernels);
  while (g_hash_table_iter_next (&iter, NULL, &kernel))
    {
      g_hash_table_iter_steal (&iter);
      kernel_free (kernel);
    }
}
