// A stand-in for tests, in place of Wine's authz.dll: the one library that Qt6Core.dll alone loads, in every process
// with an event loop, so a place from which one fault of Wine 8 can be kept away from it. Nothing of it is shipped.
//
// The fault: a thread of Wine's pool ends after 5 s without work, when there is another, and the system then cancels
// the reads which that thread had begun. Qt, which relies on Windows' own pool not to do so, begins the next read of a
// pipe on whichever thread of the pool told it of the last one, and takes one that was cancelled for a broken pipe: a
// bridge that was busy and then idle reads nothing any more from those clients and SDK processes.
//
// The way round it: Qt's waits get a pool of one thread, which never ends.

#include <windows.h>

#include <cstdint>
#include <cstring>

namespace {

using AllocWait = LONG(WINAPI*)(PTP_WAIT*, PTP_WAIT_CALLBACK, PVOID, PTP_CALLBACK_ENVIRON);

AllocWait alloc_wait;
INIT_ONCE once = INIT_ONCE_STATIC_INIT;
PTP_POOL pool;

BOOL WINAPI make_pool(PINIT_ONCE, PVOID, PVOID*) {
  pool = CreateThreadpool(nullptr);
  if (pool == nullptr) {
    return FALSE;
  }
  SetThreadpoolThreadMaximum(pool, 1);
  return SetThreadpoolThreadMinimum(pool, 1);
}

PTP_WAIT WINAPI create_wait(PTP_WAIT_CALLBACK callback, PVOID context, PTP_CALLBACK_ENVIRON wanted) {
  if (!InitOnceExecuteOnce(&once, make_pool, nullptr, nullptr)) {
    return nullptr;
  }
  TP_CALLBACK_ENVIRON own;
  InitializeThreadpoolEnvironment(&own);
  SetThreadpoolCallbackPool(&own, pool);
  PTP_WAIT made = nullptr;
  return alloc_wait(&made, callback, context, wanted == nullptr ? &own : wanted) < 0 ? nullptr : made;
}

// Callers hold the function's address already, so a jump is written over its first bytes.
bool put_in_place_of(void* function, void* other) {
  std::uint8_t jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};  // mov rax, other; jmp rax
  std::memcpy(jump + 2, &other, sizeof other);
  DWORD before = 0;
  if (!VirtualProtect(function, sizeof jump, PAGE_EXECUTE_READWRITE, &before)) {
    return false;
  }
  std::memcpy(function, jump, sizeof jump);
  VirtualProtect(function, sizeof jump, before, &before);
  return FlushInstructionCache(GetCurrentProcess(), function, sizeof jump) != 0;
}

template <typename Function>
Function find(const wchar_t* library, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(library), name)));
}

}  // namespace

BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  if (reason != DLL_PROCESS_ATTACH) {
    return TRUE;
  }
  alloc_wait = find<AllocWait>(L"ntdll.dll", "TpAllocWait");
  auto* const create = find<void*>(L"kernel32.dll", "CreateThreadpoolWait");
  return alloc_wait != nullptr && create != nullptr &&
         put_in_place_of(create, reinterpret_cast<void*>(&create_wait));
}

// What Qt imports, and asks for when a program wants NTFS permissions looked up; ours do not.
#define ANSWERS_NO(name) \
  extern "C" __declspec(dllexport) BOOL WINAPI name() { return FALSE; }
ANSWERS_NO(AuthzAccessCheck)
ANSWERS_NO(AuthzFreeContext)
ANSWERS_NO(AuthzFreeResourceManager)
ANSWERS_NO(AuthzInitializeContextFromSid)
ANSWERS_NO(AuthzInitializeContextFromToken)
ANSWERS_NO(AuthzInitializeResourceManager)
