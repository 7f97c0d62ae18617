import type { ReactNode } from 'react';

/** Line icons of 16 pixels; words stand beside them, or a label in their place. */
function icon(drawing: ReactNode) {
  return function Icon() {
    return (
      <svg
        width="16"
        height="16"
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden
      >
        {drawing}
      </svg>
    );
  };
}

export const SearchIcon = icon(<path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14" />);
export const SunIcon = icon(
  <path d="M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />,
);
export const MoonIcon = icon(<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z" />);
export const PulseIcon = icon(<path d="M1 8h3l2-5 4 10 2-5h3" />);
export const AppsIcon = icon(<path d="M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z" />);
export const MessageIcon = icon(<path d="M2 3h12v8H7l-3 3v-3H2z" />);
export const UndeliveredIcon = icon(<path d="M8 2 1.5 13.5h13zM8 6.5v3M8 11.5h.01" />);
export const RepairIcon = icon(<path d="M13.5 8a5.5 5.5 0 1 1-1.6-3.9L14 6M14 2v4h-4" />);
export const TagIcon = icon(<path d="M2 2h6l6 6-6 6-6-6zM5 5h.01" />);
export const BellIcon = icon(<path d="M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM7 14h2" />);
export const KeyIcon = icon(
  <path d="M5 14a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm2.2-5.2L14 2M11.5 4.5l2 2" />,
);
export const ListIcon = icon(<path d="M5 4h9M5 8h9M5 12h9M2 4h.01M2 8h.01M2 12h.01" />);
export const TaskIcon = icon(<path d="M2 4l1.5 1.5L6 3M2 11l1.5 1.5L6 10M8 4.5h6M8 11.5h6" />);
export const GearIcon = icon(
  <path d="M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4" />,
);
export const CopyIcon = icon(<path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />);
export const CheckIcon = icon(<path d="m2.5 8.5 4 4 7-9" />);
