// What all kernels share: how memory is reached, and where a plan's changing values are.
//
// Operands come as 64-bit addresses at the start of the push constants, in the order that the
// kernel's head says. All rows of activations begin at a multiple of 32 floats.
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(buffer_reference, std430, buffer_reference_align = 4) buffer Floats { float at[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Floats2 { vec2 at[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Words { uint at[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Words2 { uvec2 at[]; };

// Two neighbouring words at once, at index i of pairs. A software device loads each component of a vector
// apart, but a 64-bit number as one: where the device has such numbers, WIDE is defined.
#if defined(WIDE)
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Longs { uint64_t at[]; };
#define LOAD_PAIR(base, i) unpackUint2x32(Longs(uvec2(base)).at[i])
#extension GL_EXT_shader_16bit_storage : require
layout(buffer_reference, std430, buffer_reference_align = 2) buffer Halves { uint16_t at[]; };
#else
#define LOAD_PAIR(base, i) Words2(uvec2(base)).at[i]
#endif

layout(buffer_reference, std430, buffer_reference_align = 16) buffer Words4 { uvec4 at[]; };

// The number of rows (tokens, outputs, query blocks) that are valid in this replay.
layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Count { uint n; };

// A work-group is a subgroup, or as many as the constant LOCAL_Y_ID says where a kernel defines that.
#if defined(LOCAL_Y_ID)
layout(local_size_x_id = 0, local_size_y_id = LOCAL_Y_ID, local_size_z = 1) in;
#else
layout(local_size_x_id = 0, local_size_y = 1, local_size_z = 1) in;
#endif
layout(constant_id = 0) const uint SUBGROUP = 16;
