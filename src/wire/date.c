#include "wire/text.h"

enum { US_PER_S = 1000000, S_PER_DAY = 86400, DAYS_PER_ERA = 146097, EPOCH_DAY = 719468 };

/*
 * The proleptic Gregorian calendar, counted from 1 March of year 0: then the leap
 * day is the last of its year, and 400 years (an era) are always 146097 days.
 */
static int64_t
floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

int64_t
date_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_DAY;
}

void
date_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t shifted = days + EPOCH_DAY;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    /* Each 4-year, 100-year and 400-year period ends with its odd day; take those away to divide by
     * 365. */
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *ret_month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *ret_year = (int)(era * 400 + year_of_era + (*ret_month <= 2 ? 1 : 0));
}

static int
month_length(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : lengths[month - 1];
}

int64_t
date_add_months(int64_t days, int months)
{
    int year, month, day;
    date_civil(days, &year, &month, &day);
    int64_t count = (int64_t)year * 12 + month - 1 + months;
    year = (int)floor_div(count, 12);
    month = (int)(count - (int64_t)year * 12) + 1;
    int most = month_length(year, month);
    return date_days(year, month, day < most ? day : most);
}

bool
date_get(struct span s, int64_t *ret_days)
{
    uint64_t year, month, day;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-')
        return false;
    if (!span_u64(span_sub(s, 0, 4), 9999, &year) || !span_u64(span_sub(s, 5, 2), 12, &month) ||
        !span_u64(span_sub(s, 8, 2), 31, &day))
        return false;
    if (year < 1900 || month < 1 || day < 1 || (int)day > month_length((int)year, (int)month))
        return false;
    *ret_days = date_days((int)year, (int)month, (int)day);
    return true;
}

static void
put_digits(struct buf *buf, int64_t v, int width)
{
    char digits[20];
    for (int i = width - 1; i >= 0; i--, v /= 10)
        digits[i] = (char)('0' + v % 10);
    buf_put(buf, span_of(digits, (size_t)width));
}

void
date_put(struct buf *buf, int64_t days)
{
    static const int64_t most = 2932896, least = -719528; /* 9999-12-31 and 0000-01-01 */
    int year, month, day;
    date_civil(days > most ? most : days < least ? least : days, &year, &month, &day);
    put_digits(buf, year, 4);
    buf_char(buf, '-');
    put_digits(buf, month, 2);
    buf_char(buf, '-');
    put_digits(buf, day, 2);
}

void
time_put(struct buf *buf, int64_t us)
{
    int64_t seconds = floor_div(us, US_PER_S);
    int64_t days = floor_div(seconds, S_PER_DAY);
    int64_t second = seconds - days * S_PER_DAY;
    date_put(buf, days);
    buf_char(buf, 'T');
    put_digits(buf, second / 3600, 2);
    buf_char(buf, ':');
    put_digits(buf, second / 60 % 60, 2);
    buf_char(buf, ':');
    put_digits(buf, second % 60, 2);
    buf_char(buf, '.');
    put_digits(buf, us - seconds * US_PER_S, 6);
    buf_char(buf, 'Z');
}
