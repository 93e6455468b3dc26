// The host's callback, whatever its signature: (event type, text). The guide prints `&example, &Example::EventRecall` and
// no declaration of it.
#ifndef ISCBRIDGE_DROPIN_RECEIVER_HPP
#define ISCBRIDGE_DROPIN_RECEIVER_HPP

#include <functional>

#include "../sdk/IscdeskSdkIdl.h"
#include "text.hpp"

namespace iscbridge_dropin {

/// One event's text in the forms that a callback may take it in; they live as long as the call.
struct EventText {
    std::string narrow;
    std::wstring wide;
    const char *pointer;
    const wchar_t *wide_pointer;
    char *mutable_pointer;
    wchar_t *mutable_wide_pointer;
#ifdef ISCBRIDGE_DROPIN_CXX17
    std::string_view view;
    std::wstring_view wide_view;
#endif

    explicit EventText(const std::string &utf8) : narrow(to_narrow(utf8, options().narrow)), wide(widened(utf8)) {
        pointer = narrow.c_str();
        wide_pointer = wide.c_str();
        mutable_pointer = &narrow[0];
        mutable_wide_pointer = &wide[0];
#ifdef ISCBRIDGE_DROPIN_CXX17
        view = narrow;
        wide_view = wide;
#endif
    }
    EventText(const EventText &) = delete;
    EventText &operator=(const EventText &) = delete;
};

template <class Argument>
struct IsText {
    static constexpr bool value = false;
};

#define ISCBRIDGE_DROPIN_TEXT(type, member)                         \
    template <>                                                     \
    struct IsText<type> {                                           \
        static constexpr bool value = true;                         \
        static type &of(EventText &text) { return text.member; }    \
    }
ISCBRIDGE_DROPIN_TEXT(std::string, narrow);
ISCBRIDGE_DROPIN_TEXT(std::wstring, wide);
ISCBRIDGE_DROPIN_TEXT(const char *, pointer);
ISCBRIDGE_DROPIN_TEXT(const wchar_t *, wide_pointer);
ISCBRIDGE_DROPIN_TEXT(char *, mutable_pointer);
ISCBRIDGE_DROPIN_TEXT(wchar_t *, mutable_wide_pointer);
#ifdef ISCBRIDGE_DROPIN_CXX17
ISCBRIDGE_DROPIN_TEXT(std::string_view, view);
ISCBRIDGE_DROPIN_TEXT(std::wstring_view, wide_view);
#endif
#undef ISCBRIDGE_DROPIN_TEXT

template <class Argument>
using Plain = typename std::remove_cv<typename std::remove_reference<Argument>::type>::type;

using Receiver = std::function<void(EventType, EventText &)>;

template <class First, class Second, class Object, class Member>
Receiver receiver_of(Object *object, Member member) {
    static_assert(std::is_enum<Plain<First>>::value || std::is_integral<Plain<First>>::value,
                  "ISCBridge: the callback's first parameter is the type of the event: an enumeration or an integer");
    static_assert(IsText<Plain<Second>>::value,
                  "ISCBridge: the callback's second parameter is the event's text: std::string, char *, std::wstring or "
                  "wchar_t *, by value or by reference");
    return [object, member](EventType type, EventText &text) {
        Plain<First> number = static_cast<Plain<First>>(type);
        (object->*member)(static_cast<First>(number), static_cast<Second>(IsText<Plain<Second>>::of(text)));
    };
}

}  // namespace iscbridge_dropin

#endif
