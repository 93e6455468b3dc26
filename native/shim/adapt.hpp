// Adaptation to the vendor's headers at compile time.
//
// The guide prints the calls (`invoker->Save(saveFilePath, true)`), not the declarations: string types, event type,
// results and the callback's signature are unknown here. So nothing below names a vendor type. Each call is tried in
// every known form and the first one that compiles is used; what no form fits stops the build with a static_assert
// that says what to do. What types cannot tell stands in the vendor file (vendor/iscdesk.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "event_queue.hpp"
#include "iscdesk_c.h"
#include "text.hpp"

namespace iscbridge::adapt {

// --------------------------------------------------------------------------------------------- numbers and results

template <class T>
inline constexpr bool is_number = std::is_enum_v<T> || std::is_integral_v<T>;

template <class T>
constexpr std::int32_t number(T value) {
    static_assert(is_number<T>, "ISCBridge: the SDK gives a result or an event type that is neither enum nor integer; "
                                "wrap that call in the factory object of your vendor file");
    return static_cast<std::int32_t>(value);
}

/// A number of ours for a parameter whose type (bool, int, an enum) only the vendor's header knows.
struct Number {
    std::int32_t value;
    template <class T, class = std::enable_if_t<is_number<T>>>
    constexpr operator T() const {
        return static_cast<T>(value);
    }
};

/// LicenseType::LICENSE_TYPE_FILE, the enumerator that the guide prints, found through the parameter's own type.
struct LicenseFile {
    template <class T, class = decltype(T::LICENSE_TYPE_FILE)>
    constexpr operator T() const {
        return T::LICENSE_TYPE_FILE;
    }
};

/// Not seen in print. Used only where the vendor's header has it by this name.
struct LicenseString {
    template <class T, class = decltype(T::LICENSE_TYPE_STRING)>
    constexpr operator T() const {
        return T::LICENSE_TYPE_STRING;
    }
};

template <class Vendor, class Function>
Outcome outcome_of(Function function) {
    if constexpr (std::is_void_v<decltype(function())>) {
        function();
        return {ISC_OK, 0, 1};  // nothing returned: nothing reported
    } else {
        const auto status = function();
        return {ISC_OK, number(status), Vendor::succeeded(status) ? 1 : 0};
    }
}

// -------------------------------------------------------------------------------------------- strings to the SDK

/// The forms in which one string may be handed over, in the order in which they are tried: wide ones first, since
/// they can express every path; the mutable ones last, for headers without const.
enum class Form {
    wide_string,
    wide_pointer,
    string,
    pointer,
    mutable_string,
    mutable_pointer,
    mutable_wide_string,
    mutable_wide_pointer,
    none
};

constexpr bool is_narrow(Form form) {
    return form == Form::string || form == Form::pointer || form == Form::mutable_string ||
           form == Form::mutable_pointer;
}

constexpr const char *name_of(Form form) {
    switch (form) {
        case Form::wide_string:
        case Form::mutable_wide_string:
            return "std::wstring";
        case Form::wide_pointer:
        case Form::mutable_wide_pointer:
            return "wchar_t*";
        case Form::string:
        case Form::mutable_string:
            return "std::string";
        case Form::pointer:
        case Form::mutable_pointer:
            return "char*";
        case Form::none:
            break;
    }
    return "none";
}

/// One string argument in both widths. A copy of its own for each call: the SDK may write into it.
class Argument {
public:
    Argument(std::string_view utf8, NarrowText encoding, const char *code_page) : wide_(widen(utf8)) {
        if (encoding == NarrowText::utf8) {
            narrow_ = utf8;
        } else if (auto ansi = encode_ansi(utf8, code_page)) {
            narrow_ = std::move(*ansi);
        } else {
            expressible_ = false;
        }
    }

    /// Whether the narrow forms hold the whole text.
    bool expressible() const noexcept { return expressible_; }

    template <Form form>
    decltype(auto) as() {
        if constexpr (form == Form::wide_string) {
            return static_cast<const std::wstring &>(wide_);
        } else if constexpr (form == Form::wide_pointer) {
            return static_cast<const wchar_t *>(wide_.c_str());
        } else if constexpr (form == Form::string) {
            return static_cast<const std::string &>(narrow_);
        } else if constexpr (form == Form::pointer) {
            return static_cast<const char *>(narrow_.c_str());
        } else if constexpr (form == Form::mutable_string) {
            return static_cast<std::string &>(narrow_);
        } else if constexpr (form == Form::mutable_pointer) {
            return static_cast<char *>(narrow_.data());
        } else if constexpr (form == Form::mutable_wide_string) {
            return static_cast<std::wstring &>(wide_);
        } else {
            return static_cast<wchar_t *>(wide_.data());
        }
    }

private:
    std::wstring wide_;
    std::string narrow_;
    bool expressible_ = true;
};

template <Form form, class Call, class... Arguments>
constexpr bool fits() {
    return std::is_invocable_v<Call, decltype(std::declval<Arguments &>().template as<form>())...>;
}

/// The first form in which `Call` takes all its strings.
template <class Call, class... Arguments>
constexpr Form form_of() {
    Form form = Form::none;
    const auto consider = [&form](Form candidate, bool fitting) {
        if (form == Form::none && fitting) {
            form = candidate;
        }
    };
    consider(Form::wide_string, fits<Form::wide_string, Call, Arguments...>());
    consider(Form::wide_pointer, fits<Form::wide_pointer, Call, Arguments...>());
    consider(Form::string, fits<Form::string, Call, Arguments...>());
    consider(Form::pointer, fits<Form::pointer, Call, Arguments...>());
    consider(Form::mutable_string, fits<Form::mutable_string, Call, Arguments...>());
    consider(Form::mutable_pointer, fits<Form::mutable_pointer, Call, Arguments...>());
    consider(Form::mutable_wide_string, fits<Form::mutable_wide_string, Call, Arguments...>());
    consider(Form::mutable_wide_pointer, fits<Form::mutable_wide_pointer, Call, Arguments...>());
    return form;
}

/// Makes `call` with its strings in the form that fits; with `dry_run` only says whether that is possible.
template <class Vendor, class Call, class... Arguments>
Outcome invoke(bool dry_run, Call call, Arguments &...arguments) {
    constexpr Form form = form_of<Call, Arguments...>();
    static_assert(form != Form::none,
                  "ISCBridge: a call of this SDK takes its arguments in none of the known forms (see the instantiation "
                  "above for which one); add the form to native/shim/adapt.hpp or wrap the call in your vendor file");
    if constexpr (form != Form::none) {
        if (is_narrow(form) && !(arguments.expressible() && ...)) {
            return {ISC_ERR_ENCODING, 0, 0};
        }
        return dry_run ? Outcome{ISC_OK, 0, 1}
                       : outcome_of<Vendor>([&]() -> decltype(auto) { return call(arguments.template as<form>()...); });
    } else {
        return {ISC_ERR_UNSUPPORTED, 0, 0};
    }
}

/// Whether a class has a member of this name, overloaded or not: deriving from it and from a class that has one makes
/// the name ambiguous. (A final class cannot be derived from and counts as having it.)
#define ISCBRIDGE_ADAPT_HAS(name)                                                        \
    template <class T, bool = std::is_final_v<T>>                                        \
    struct Probe_##name : T, Named_##name {};                                            \
    template <class T>                                                                   \
    struct Probe_##name<T, true> {};                                                     \
    template <class T, class = void>                                                     \
    struct Has_##name : std::true_type {};                                               \
    template <class T>                                                                   \
    struct Has_##name<T, std::void_t<decltype(&Probe_##name<T>::name)>> : std::false_type {}

/// For the guide's function `name`: `name##Call{}(sdk, arguments...)`, which exists only if the SDK's does for these
/// arguments, and `Has_##name<Sdk>`.
#define ISCBRIDGE_ADAPT_FUNCTION(name)                                                   \
    struct Named_##name {                                                                \
        int name;                                                                        \
    };                                                                                   \
    ISCBRIDGE_ADAPT_HAS(name);                                                           \
    struct name##Call {                                                                  \
        template <class Sdk, class... Arguments>                                         \
        auto operator()(Sdk &sdk, Arguments &&...arguments) const                        \
            -> decltype(sdk.name(std::forward<Arguments>(arguments)...)) {               \
            return sdk.name(std::forward<Arguments>(arguments)...);                      \
        }                                                                                \
    }

ISCBRIDGE_ADAPT_FUNCTION(GetLicenseFileRequest);
ISCBRIDGE_ADAPT_FUNCTION(GetLicenseStringRequest);
ISCBRIDGE_ADAPT_FUNCTION(LicenseVerifyNotify);
ISCBRIDGE_ADAPT_FUNCTION(TrialExpirationAndGetLicense);
ISCBRIDGE_ADAPT_FUNCTION(CheckNewVersions);
ISCBRIDGE_ADAPT_FUNCTION(UpgradeNotify);
ISCBRIDGE_ADAPT_FUNCTION(OpenCloudFile);
ISCBRIDGE_ADAPT_FUNCTION(Save);
ISCBRIDGE_ADAPT_FUNCTION(SelectSaveAsPath);
ISCBRIDGE_ADAPT_FUNCTION(GetSolution);

#undef ISCBRIDGE_ADAPT_FUNCTION
#undef ISCBRIDGE_ADAPT_HAS

/// `sdk->Function(strings...)`; `invoke` adds the strings.
template <class Function, class Sdk>
struct PlainCall {
    Sdk *sdk;
    template <class... Strings>
    auto operator()(Strings &&...strings) const -> decltype(Function{}(*sdk, std::forward<Strings>(strings)...)) {
        return Function{}(*sdk, std::forward<Strings>(strings)...);
    }
};

/// `sdk->Function(lead, strings...)`.
template <class Function, class Sdk, class Lead>
struct LedCall {
    Sdk *sdk;
    Lead lead;
    template <class... Strings>
    auto operator()(Strings &&...strings) const -> decltype(Function{}(*sdk, lead, std::forward<Strings>(strings)...)) {
        return Function{}(*sdk, lead, std::forward<Strings>(strings)...);
    }
};

/// `sdk->Function(path, true)`, the printed form for an assembly.
template <class Function, class Sdk>
struct AssemblyCall {
    Sdk *sdk;
    template <class Path>
    auto operator()(Path &&path) const -> decltype(Function{}(*sdk, std::forward<Path>(path), true)) {
        return Function{}(*sdk, std::forward<Path>(path), true);
    }
};

// ------------------------------------------------------------------------------------------- events from the SDK

inline DecodedText decode(std::string_view text, const char *code_page) { return decode_narrow(text, code_page); }
inline DecodedText decode(std::wstring_view text, const char *) { return decode_wide(text); }
inline DecodedText decode(const std::string &text, const char *code_page) { return decode_narrow(text, code_page); }
inline DecodedText decode(const std::wstring &text, const char *) { return decode_wide(text); }
inline DecodedText decode(const char *text, const char *code_page) {
    return decode_narrow(text == nullptr ? std::string_view() : text, code_page);
}
inline DecodedText decode(const wchar_t *text, const char *) {
    return decode_wide(text == nullptr ? std::wstring_view() : text);
}

/// Accepts whatever text a type-erased callback passes on; valid while that callback runs.
class AnyText {
public:
    template <class T, class = decltype(adapt::decode(std::declval<const T &>(), nullptr)),
              class = std::enable_if_t<!std::is_same_v<T, AnyText>>>
    AnyText(const T &text)
        : text_(&text), decode_([](const void *pointer, const char *code_page) {
              return adapt::decode(*static_cast<const T *>(pointer), code_page);
          }) {}

    DecodedText decode(const char *code_page) const { return decode_(text_, code_page); }

private:
    const void *text_;
    DecodedText (*decode_)(const void *, const char *);
};

inline DecodedText decode(const AnyText &text, const char *code_page) { return text.decode(code_page); }

/// Accepts whatever number a type-erased callback passes on.
struct AnyType {
    std::int32_t value;
    template <class T, class = std::enable_if_t<is_number<T>>>
    AnyType(T type) : value(number(type)) {}
};

/// What every receiver does with an event. Runs on the SDK's own threads: copies, queues, returns.
class EventSink {
public:
    EventSink() = default;
    EventSink(std::shared_ptr<EventQueue> queue, const char *code_page)
        : queue_(std::move(queue)), code_page_(code_page) {}

    template <class Type, class Text>
    void raise(Type type, const Text &text) const noexcept {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        const auto raised = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
        try {
            queue_->raise(number(type), decode(text, code_page_), static_cast<std::uint64_t>(raised));
        } catch (...) {
            queue_->lose();
        }
    }

private:
    std::shared_ptr<EventQueue> queue_;
    const char *code_page_ = nullptr;
};

/// Converts to whatever a callback is expected to return; the guide says nothing of that value.
struct AnyResult {
    template <class T>
    operator T() const {
        return T();
    }
};

// The receivers. The guide prints `RegisterEventRecall(&example, &Example::EventRecall)`: an object and a pointer to
// its member. Each lives until the process ends (see SdkPort::register_events).

/// For a vendor template over the receiver's class: the parameter types are deduced from the pointer that it expects.
struct TemplateReceiver {
    EventSink sink;
    template <class Result, class Type, class Text>
    Result EventRecall(Type type, Text text) noexcept {
        sink.raise(type, text);
        return Result();
    }
};

/// The same for a pointer to a const member.
struct ConstReceiver {
    EventSink sink;
    template <class Result, class Type, class Text>
    Result EventRecall(Type type, Text text) const noexcept {
        sink.raise(type, text);
        return Result();
    }
};

/// For a vendor template over object and member that wraps them in std::function, std::bind or a lambda.
struct ErasedReceiver {
    EventSink sink;
    AnyResult EventRecall(AnyType type, AnyText text) noexcept {
        sink.raise(type.value, text);
        return {};
    }
};

/// For a registration that takes a base class of the vendor's and a pointer to one of its members.
template <class Base, class Result, class Type, class Text>
struct DerivedReceiver : Base {
    EventSink sink;
    Result EventRecall(Type type, Text text) {
        sink.raise(type, text);
        return Result();
    }
};

template <class Sdk, class Receiver, class = void>
struct Takes : std::false_type {};
template <class Sdk, class Receiver>
struct Takes<Sdk, Receiver,
             std::void_t<decltype(std::declval<Sdk &>().RegisterEventRecall(std::declval<Receiver *>(),
                                                                            &Receiver::EventRecall))>>
    : std::true_type {};

/// Reads base class and signature from the type of `&Sdk::RegisterEventRecall`, if it is no template and not
/// overloaded.
template <class Function>
struct Registration {
    static constexpr bool of_base = false;
};
template <class Returned, class Sdk, class Base, class Result, class Type, class Text>
struct Registration<Returned (Sdk::*)(Base *, Result (Base::*)(Type, Text))> {
    static constexpr bool of_base = true;
    using Receiver = DerivedReceiver<Base, Result, Type, Text>;
    using Member = Result (Base::*)(Type, Text);
};
template <class Sdk, class = void>
struct RegistrationOf : Registration<void> {};
template <class Sdk>
struct RegistrationOf<Sdk, std::void_t<decltype(&Sdk::RegisterEventRecall)>>
    : Registration<decltype(&Sdk::RegisterEventRecall)> {};

/// The way out for a signature that nothing here takes: the vendor file registers a receiver of its own.
template <class Vendor, class Sdk, class = void>
struct RegistersItself : std::false_type {};
template <class Vendor, class Sdk>
struct RegistersItself<Vendor, Sdk,
                       std::void_t<decltype(Vendor::register_events(std::declval<Sdk &>(), std::declval<EventSink>()))>>
    : std::true_type {};

/// A receiver that is never freed: callbacks may come as late as they like. About 100 bytes for each session.
template <class Receiver>
Receiver &immortal(EventSink sink) {
    static auto *const all = new std::list<Receiver>;
    static auto *const mutex = new std::mutex;
    const std::lock_guard lock(*mutex);
    all->emplace_back();
    all->back().sink = std::move(sink);
    return all->back();
}

/// Chosen at compile time; `name()` tells `isc_info.dialect`.
template <class Vendor, class Sdk>
struct Events {
    static constexpr bool by_vendor = RegistersItself<Vendor, Sdk>::value;
    static constexpr bool by_template = !by_vendor && Takes<Sdk, TemplateReceiver>::value;
    static constexpr bool by_const_template = !by_vendor && !by_template && Takes<Sdk, ConstReceiver>::value;
    static constexpr bool by_base = RegistrationOf<Sdk>::of_base;

    static const char *name() {
        if constexpr (by_vendor) {
            return "vendor file";
        } else if constexpr (by_template) {
            return "template over the receiver";
        } else if constexpr (by_const_template) {
            return "template over the receiver, const member";
        } else if constexpr (by_base) {
            return "receiver base class";
        } else {
            return "type-erased callback";
        }
    }

    static Outcome add(Sdk &sdk, EventSink sink) {
        if constexpr (by_vendor) {
            return outcome_of<Vendor>(
                [&]() -> decltype(auto) { return Vendor::register_events(sdk, std::move(sink)); });
        } else if constexpr (by_template) {
            return add_member<TemplateReceiver>(sdk, std::move(sink));
        } else if constexpr (by_const_template) {
            return add_member<ConstReceiver>(sdk, std::move(sink));
        } else if constexpr (by_base) {
            using Shape = RegistrationOf<Sdk>;
            auto &receiver = immortal<typename Shape::Receiver>(std::move(sink));
            return outcome_of<Vendor>([&]() -> decltype(auto) {
                return sdk.RegisterEventRecall(
                    &receiver, static_cast<typename Shape::Member>(&Shape::Receiver::EventRecall));
            });
        } else {
            static_assert(Takes<Sdk, ErasedReceiver>::value,
                          "ISCBridge: RegisterEventRecall of this SDK has a signature that no known receiver fits; "
                          "write register_events(sdk, sink) in your vendor file (native/shim/vendor/iscdesk.hpp)");
            if constexpr (Takes<Sdk, ErasedReceiver>::value) {
                return add_member<ErasedReceiver>(sdk, std::move(sink));
            } else {
                return {ISC_ERR_UNSUPPORTED, 0, 0};
            }
        }
    }

private:
    template <class Receiver>
    static Outcome add_member(Sdk &sdk, EventSink sink) {
        auto &receiver = immortal<Receiver>(std::move(sink));
        return outcome_of<Vendor>(
            [&]() -> decltype(auto) { return sdk.RegisterEventRecall(&receiver, &Receiver::EventRecall); });
    }
};

}  // namespace iscbridge::adapt
