import { useEffect, useRef, useState } from 'react';
import { STATUSES } from './api.ts';
import type { View } from './api.ts';

const TYPING_MS = 200;

interface FiltersProps {
  readonly view: View;
  readonly onChange: (change: Partial<View>) => void;
}

export function Filters({ view, onChange }: FiltersProps) {
  return (
    <search className="filters">
      <Choice
        legend="Status"
        name="status"
        value={view.status}
        options={['', ...STATUSES]}
        onChange={(status) => onChange({ status })}
      />
      <Choice
        legend="Extension"
        name="extension"
        value={view.extension}
        options={['', '900', '901']}
        onChange={(extension) => onChange({ extension })}
      />
      <Contact number={view.number} onChange={(number) => onChange({ number })} />
    </search>
  );
}

interface ChoiceProps<T extends string> {
  readonly legend: string;
  readonly name: string;
  readonly value: T;
  readonly options: readonly T[];
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ legend, name, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset className="choice">
      <legend className="unseen">{legend}</legend>
      {options.map((option) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            value={option}
            checked={option === value}
            onChange={() => onChange(option)}
          />
          <span>{option === '' ? `All${name === 'extension' ? ' ext.' : ''}` : option}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Contact({ number, onChange }: { number: string; onChange: (number: string) => void }) {
  const [typed, setTyped] = useState(number);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => setTyped(number), [number]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function type(text: string): void {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(text), TYPING_MS);
  }

  return (
    <label className="contact">
      <span className="unseen">Contact</span>
      <input
        type="search"
        inputMode="tel"
        maxLength={14}
        placeholder="Contact number"
        value={typed}
        onChange={(event) => type(event.target.value)}
      />
    </label>
  );
}
