// A stand-in for one library of Windows that Wine 8 lacks. For the lane only: nothing of it is shipped.
// Programs made with Rust, among them the wheel of `cryptography`, draw their random numbers through it.
// Windows documents ProcessPrng as a function that fills the buffer and always succeeds.

#include <windows.h>

#include <ntsecapi.h>

extern "C" __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
  constexpr SIZE_T kMost = 1u << 30;
  while (size > 0) {
    const SIZE_T part = size < kMost ? size : kMost;
    if (!RtlGenRandom(data, static_cast<ULONG>(part))) {
      return FALSE;
    }
    data += part;
    size -= part;
  }
  return TRUE;
}
