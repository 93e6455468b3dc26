// A stand-in for tests: windows.ui.dll with the one class of it that Qt 6.5 and newer ask for when they start on
// Windows, Windows.UI.ViewManagement.UISettings. Wine 8 has no such library, and Qt ends without it. Made for these
// tests; nothing of it is shipped.
//
// The interfaces and the order of their methods are those of the Windows SDK's windows.ui.viewmanagement.idl. The
// objects live as long as the library, so references are not counted. They say: a light desktop with a blue accent.

#include <windows.h>

#include <cstdint>

namespace {

constexpr GUID kUnknown = {0x00000000, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr GUID kInspectable = {0xaf86e2e0, 0xb12d, 0x4c6a, {0x9c, 0x5a, 0xd7, 0xaa, 0x65, 0x10, 0x1e, 0x90}};
constexpr GUID kAgile = {0x94ea2b94, 0xe9cc, 0x49e0, {0xc0, 0xff, 0xee, 0x64, 0xca, 0x8f, 0x5b, 0x90}};
constexpr GUID kActivationFactory = {0x00000035, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr GUID kSettings = {0x85361600, 0x1c63, 0x4627, {0xbc, 0xb1, 0x3a, 0x89, 0xe0, 0xbc, 0x9c, 0x55}};
constexpr GUID kSettings3 = {0x03021be4, 0x5254, 0x4781, {0x81, 0x94, 0x51, 0x68, 0xf7, 0xd0, 0x6d, 0x7b}};

struct Color {
  std::uint8_t alpha, red, green, blue;
};

enum UIColorType : std::int32_t { kBackground = 0, kForeground = 1 };

bool is_common(const IID& id) { return id == kUnknown || id == kInspectable || id == kAgile; }

// IUnknown and IInspectable, with which every interface here begins.
struct Inspectable {
  virtual HRESULT WINAPI QueryInterface(const IID& id, void** found) = 0;
  virtual ULONG WINAPI AddRef() { return 2; }
  virtual ULONG WINAPI Release() { return 1; }
  virtual HRESULT WINAPI GetIids(ULONG* count, IID** ids) {
    *count = 0;
    *ids = nullptr;
    return S_OK;
  }
  virtual HRESULT WINAPI GetRuntimeClassName(void** name) {
    *name = nullptr;  // an empty HSTRING
    return S_OK;
  }
  virtual HRESULT WINAPI GetTrustLevel(std::int32_t* level) {
    *level = 0;  // BaseTrust
    return S_OK;
  }
};

HRESULT find_settings(const IID& id, void** found);

// IUISettings: Qt holds it and calls none of its methods.
struct Settings : Inspectable {
  HRESULT WINAPI QueryInterface(const IID& id, void** found) override { return find_settings(id, found); }
  virtual HRESULT WINAPI get_HandPreference(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_CursorSize(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_ScrollBarSize(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_ScrollBarArrowSize(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_ScrollBarThumbBoxSize(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_MessageDuration(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_AnimationsEnabled(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_CaretBrowsingEnabled(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_CaretBlinkRate(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_CaretWidth(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_DoubleClickTime(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI get_MouseHoverTime(void*) { return E_NOTIMPL; }
  virtual HRESULT WINAPI UIElementColor(std::int32_t, void*) { return E_NOTIMPL; }
};

// IUISettings3: colours, and the event that they changed, which never comes.
struct Settings3 : Inspectable {
  HRESULT WINAPI QueryInterface(const IID& id, void** found) override { return find_settings(id, found); }
  virtual HRESULT WINAPI GetColorValue(std::int32_t type, Color* color) {
    if (type == kBackground) {
      *color = {255, 255, 255, 255};
    } else if (type == kForeground) {
      *color = {255, 0, 0, 0};
    } else {
      *color = {255, 0, 120, 215};
    }
    return S_OK;
  }
  virtual HRESULT WINAPI add_ColorValuesChanged(void*, std::int64_t* token) {
    *token = 1;
    return S_OK;
  }
  virtual HRESULT WINAPI remove_ColorValuesChanged(std::int64_t) { return S_OK; }
};

Settings settings;
Settings3 settings3;

HRESULT find_settings(const IID& id, void** found) {
  *found = nullptr;
  if (id == kSettings3) {
    *found = &settings3;
  } else if (id == kSettings || is_common(id)) {
    *found = &settings;
  }
  return *found != nullptr ? S_OK : E_NOINTERFACE;
}

struct Factory : Inspectable {
  HRESULT WINAPI QueryInterface(const IID& id, void** found) override {
    const bool known = id == kActivationFactory || is_common(id);
    *found = known ? this : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  virtual HRESULT WINAPI ActivateInstance(void** made) {
    *made = &settings;
    return S_OK;
  }
};

Factory factory;

}  // namespace

extern "C" __declspec(dllexport) HRESULT WINAPI DllGetActivationFactory(void*, void** found) {
  *found = &factory;
  return S_OK;
}

extern "C" __declspec(dllexport) HRESULT WINAPI DllCanUnloadNow() { return S_FALSE; }
