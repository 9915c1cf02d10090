// Loading images: what is mapped where and with which protection, and that nothing is left behind, whichever
// step fails.
#include "ldr_harness.h"

// ---- a good image ---------------------------------------------------------

static void image_is_mapped_and_runs(void **state)
{
    static const uint8_t zeros[16];
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_true(hal_is_kernel_address(image->base));
    assert_int_equal(image->size, GOOD_SIZE);
    assert_int_equal(image->preferred_base, GOOD_BASE);
    assert_int_equal(image->timestamp, 0x12345678);
    assert_ptr_equal(image->entry, at(image, GOOD_INIT));
    assert_string_equal(image->name, "good.sys");
    assert_int_equal(call(image, GOOD_INIT), GOOD_ENTRY_RESULT);
    assert_memory_equal(at(image, GOOD_DATA_RVA(filled)), good.data.filled, sizeof good.data.filled);
    assert_memory_equal(at(image, GOOD_DATA + 0x1700), zeros, sizeof zeros);
    ldr_unload_image(image);
}

static void relocations_are_applied(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_ptr_equal(pointer_at(image, GOOD_DATA_RVA(pointer)), at(image, GOOD_DATA_RVA(cookie)));
    assert_ptr_equal(pointer_at(image, offsetof(struct good_image, nt.OptionalHeader.ImageBase)), image->base);
    ldr_unload_image(image);
}

static void images_are_found_by_address_and_name(void **state)
{
    struct ldr_image *one = must_load("one.sys"), *two = must_load("Two.SYS");
    (void)state;
    assert_ptr_equal(ldr_find_image(one->base), one);
    assert_ptr_equal(ldr_find_image(at(two, GOOD_SIZE - 1)), two);
    assert_null(ldr_find_image((char *)one->base - 1));
    assert_null(ldr_find_image(NULL));
    assert_null(ldr_find_image(&good));
    assert_ptr_equal(ldr_find_image_by_name("two"), two);
    assert_ptr_equal(ldr_find_image_by_name("TWO.sys"), two);
    assert_null(ldr_find_image_by_name("three.sys"));
    ldr_unload_image(one);
    assert_null(ldr_find_image_by_name("one"));
    ldr_unload_image(two);
    assert_null(ldr_find_image(two));
}

static void sections_have_their_protections(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_true(hal_touch_read(image->base, GOOD_SIZE));
    assert_false(hal_touch_write(image->base, 1));
    assert_false(hal_touch_write(at(image, GOOD_TEXT), 1));
    assert_false(hal_touch_write(at(image, GOOD_RDATA), 1));
    assert_true(hal_touch_write(at(image, GOOD_DATA), 0x2000));
    assert_false(hal_touch_write(at(image, GOOD_INIT), 1));
    ldr_discard_init(image);
    assert_false(hal_touch_read(at(image, GOOD_INIT), 1));
    assert_false(hal_touch_read(at(image, GOOD_RELOC), 1));
    assert_true(hal_touch_read(image->base, GOOD_INIT));
    assert_true(hal_touch_write(at(image, GOOD_DATA), 0x2000));
    ldr_unload_image(image);
}

static void sections_below_a_page_share_everything(void **state)
{
    struct ldr_image *image;
    (void)state;
    good.nt.OptionalHeader.SectionAlignment = good.nt.OptionalHeader.FileAlignment;
    image = must_load("packed.sys");
    assert_true(hal_touch_write(image->base, GOOD_SIZE));
    ldr_discard_init(image);
    assert_int_equal(call(image, GOOD_INIT), GOOD_ENTRY_RESULT);
    ldr_unload_image(image);
}

static void cookie_is_set_once(void **state)
{
    struct ldr_image *one = must_load("one.sys"), *two, *chosen;
    uint64_t first = (uintptr_t)pointer_at(one, GOOD_DATA_RVA(cookie)), second;
    (void)state;
    good.data.cookie = 0;
    two = must_load("two.sys");
    second = (uintptr_t)pointer_at(two, GOOD_DATA_RVA(cookie));
    assert_true(first != 0 && first != DEFAULT_COOKIE && first >> 48 == 0);
    assert_true(second != 0 && second != DEFAULT_COOKIE && second >> 48 == 0 && second != first);
    good.data.cookie = 0x123456;
    chosen = must_load("three.sys");
    assert_ptr_equal(pointer_at(chosen, GOOD_DATA_RVA(cookie)), (void *)0x123456);
    ldr_unload_image(one);
    ldr_unload_image(two);
    ldr_unload_image(chosen);
}

static void control_flow_guard_is_harmless(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    uint64_t result;
    (void)state;
    call(image, GOOD_TEXT_RVA(check_guard)); // returns
    __asm__ volatile("call *%1"
                     : "=a"(result)
                     : "r"(pointer_at(image, GOOD_RDATA_RVA(guard_dispatch))), "a"(at(image, GOOD_TEXT_RVA(exported)))
                     : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
    assert_int_equal((uint32_t)result, 7);
    ldr_unload_image(image);
}

static void outside_addresses_in_the_load_configuration_are_ignored(void **state)
{
    (void)state;
    good.rdata.config.SecurityCookie = GOOD_BASE + GOOD_SIZE - 7;
    good.rdata.config.GuardCFCheckFunctionPointer = 1;
    good.rdata.config.GuardCFDispatchFunctionPointer = UINT64_MAX;
    ldr_unload_image(must_load("good.sys"));
}

static void no_load_configuration_leaves_the_cookie_alone(void **state)
{
    struct ldr_image *image;
    (void)state;
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, 0, 0);
    image = must_load("plain.sys");
    assert_ptr_equal(pointer_at(image, GOOD_DATA_RVA(cookie)), (void *)DEFAULT_COOKIE);
    ldr_unload_image(image);
}

static void image_without_relocations_runs_at_its_base_only(void **state)
{
    const uintptr_t base = HAL_KERNEL_END - 0x1000000;
    struct ldr_image *image, *second;
    (void)state;
    good.nt.FileHeader.Characteristics |= IMAGE_FILE_RELOCS_STRIPPED;
    good.nt.OptionalHeader.ImageBase = base;
    good.data.pointer = base + GOOD_DATA_RVA(cookie);
    image = must_load("fixed.sys");
    assert_ptr_equal(image->base, (void *)base);
    assert_ptr_equal(pointer_at(image, GOOD_DATA_RVA(pointer)), at(image, GOOD_DATA_RVA(cookie)));
    assert_int_equal(load("again.sys", 0, &second), STATUS_CONFLICTING_ADDRESSES);
    assert_null(second);
    assert_non_null(strstr(said, "error: again.sys: cannot load: no relocations"));
    ldr_unload_image(image);
}

// ---- failing --------------------------------------------------------------

static void bad_file_is_reported_with_its_name(void **state)
{
    struct ldr_image *image;
    (void)state;
    good.nt.FileHeader.Machine = 0xAA64;
    assert_int_equal(load("a\033b.sys", 0, &image), STATUS_INVALID_IMAGE_FORMAT);
    assert_null(image);
    assert_non_null(strstr(said, "error: a?b.sys: cannot load: made for ARM64"));
    assert_int_equal(ldr_load_image(&good, sizeof good, "quiet.sys", 0, &image, NULL), STATUS_INVALID_IMAGE_FORMAT);
    assert_int_equal(ldr_load_image("", 0, "empty.sys", 0, &image, NULL), STATUS_INVALID_IMAGE_NOT_MZ);
}

static void each_failing_step_leaves_nothing(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image = NULL;
    long before = alive;
    int steps = 0;
    (void)state;
    for (;; steps++) {
        NTSTATUS status;
        calls_to_fail = steps;
        status = load("user.sys", 0, &image);
        if (NT_SUCCESS(status))
            break;
        assert_null(image);
        assert_true(NT_ERROR(status));
        assert_int_equal(alive, before);
        assert_int_equal(((struct ldr_loaded *)other)->references, 1);
    }
    calls_to_fail = -1;
    assert_in_range(steps, 10, 20); // allocations, the mapping, a protection a section
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void too_many_images_are_refused(void **state)
{
    struct ldr_image *images[LDR_MAX_IMAGES], *one_more;
    (void)state;
    for (int i = 0; i < LDR_MAX_IMAGES; i++)
        images[i] = must_load("many.sys");
    assert_int_equal(load("one-more.sys", 0, &one_more), STATUS_INSUFFICIENT_RESOURCES);
    for (int i = 0; i < LDR_MAX_IMAGES; i++)
        ldr_unload_image(images[i]);
}

static void random_damage_leaves_nothing(void **state)
{
    enum { ROUNDS = 3000 };
    uint64_t random = 0x2545F4914F6CDD1D;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ldr_image *image;
        good_image(&good);
        mutate((uint8_t *)&good, sizeof good, &random);
        said[0] = 0;
        if (NT_SUCCESS(load("damaged.sys", 0, &image))) {
            ldr_discard_init(image);
            ldr_unload_image(image);
        } else if (!said[0]) {
            fail_msg("round %u was refused without a word", round);
        }
        assert_int_equal(alive, 0);
    }
}

// ---- while others load ----------------------------------------------------

static _Atomic bool stop;
static _Atomic unsigned wrong, looks;

static void look(void *image)
{
    while (!stop) {
        if (ldr_find_image(((struct ldr_image *)image)->entry) != image)
            wrong++;
        looks++;
    }
}

static void finding_needs_no_lock(void **state)
{
    struct ldr_image *image = must_load("stays.sys");
    struct hal_thread *thread;
    (void)state;
    assert_int_equal(hal_thread_start(&thread, look, image, "look"), 0);
    for (int i = 0; i < 500 || looks == 0; i++)
        ldr_unload_image(must_load("comes-and-goes.sys"));
    stop = true;
    hal_thread_join(thread);
    assert_int_equal(wrong, 0);
    ldr_unload_image(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LDR_TEST(image_is_mapped_and_runs),
        LDR_TEST(relocations_are_applied),
        LDR_TEST(images_are_found_by_address_and_name),
        LDR_TEST(sections_have_their_protections),
        LDR_TEST(sections_below_a_page_share_everything),
        LDR_TEST(cookie_is_set_once),
        LDR_TEST(control_flow_guard_is_harmless),
        LDR_TEST(outside_addresses_in_the_load_configuration_are_ignored),
        LDR_TEST(no_load_configuration_leaves_the_cookie_alone),
        LDR_TEST(image_without_relocations_runs_at_its_base_only),
        LDR_TEST(bad_file_is_reported_with_its_name),
        LDR_TEST(each_failing_step_leaves_nothing),
        LDR_TEST(too_many_images_are_refused),
        LDR_TEST(random_damage_leaves_nothing),
        LDR_TEST(finding_needs_no_lock),
    };
    return LDR_RUN(tests);
}
