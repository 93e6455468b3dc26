// CPUID, and what other processors have in its place.
#include <array>
#include <cstdint>
#include <cstring>

#include "facts.hpp"
#include "json.hpp"

#if defined(__x86_64__) || defined(__i386__) || (defined(_M_X64) && !defined(_M_ARM64EC)) || defined(_M_IX86)
#  define ISC_X86 1
#  ifdef _MSC_VER
#    include <intrin.h>
#  else
#    include <cpuid.h>
#  endif
#elif defined(__aarch64__) && defined(__linux__)
#  include "sysfs.hpp"
#endif

namespace iscbridge::device {

#ifdef ISC_X86

namespace {

struct Registers {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(std::uint32_t leaf) {
    Registers out;
#  ifdef _MSC_VER
    int found[4];
    __cpuidex(found, static_cast<int>(leaf), 0);
    std::memcpy(&out, found, sizeof(found));
#  else
    __cpuid_count(leaf, 0, out.eax, out.ebx, out.ecx, out.edx);
#  endif
    return out;
}

std::string letters(std::uint32_t first, std::uint32_t second, std::uint32_t third) {
    const std::array<std::uint32_t, 3> words{first, second, third};
    std::string out(sizeof(words), '\0');
    std::memcpy(out.data(), words.data(), sizeof(words));
    return out.substr(0, out.find('\0'));
}

}  // namespace

std::optional<std::string> cpu() {
    const Registers basic = cpuid(0);
    JsonObject out;
    out.text("arch", std::string_view("x86"));
    out.text("vendor", letters(basic.ebx, basic.edx, basic.ecx));
    if (basic.eax >= 1) {
        // EBX is left out: it tells on which core this runs.
        const Registers features = cpuid(1);
        out.number("eax", features.eax);
        out.number("ecx", features.ecx);
        out.number("edx", features.edx);
        std::string hypervisor;
        if ((features.ecx >> 31) != 0) {  // "hypervisor present"; processors themselves keep the bit clear
            const Registers found = cpuid(0x40000000U);
            hypervisor = letters(found.ebx, found.ecx, found.edx);
        }
        out.text("hypervisor", hypervisor);
    }
    return out.finished();
}

#elif defined(__aarch64__) && defined(__linux__)

std::optional<std::string> cpu() {
    JsonObject out;
    out.text("arch", std::string_view("arm64"));
    out.known_text("midr", Sysfs("/").line("sys/devices/system/cpu/cpu0/regs/identification/midr_el1"));
    return out.finished();
}

#else

std::optional<std::string> cpu() {
    JsonObject out;
    out.text("arch", std::string_view("other"));
    return out.finished();
}

#endif

}  // namespace iscbridge::device
