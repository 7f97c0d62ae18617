import { Modal, Text, TextInput, VisuallyHidden } from '@mantine/core';
import { useGo } from '../hooks/use-go.ts';
import { type KeyboardEvent, useId, useState } from 'react';
import { useIsTopDialog } from '../parts/open-dialogs.ts';
import { SearchIcon } from './icons.tsx';
import { type Command, matching } from './palette-commands.ts';

export interface PaletteProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly commandsFor: (typed: string) => readonly Command[];
}

/** Finds pages and commands by keyboard: type, choose with the arrow keys, Enter. */
export function Palette({ isOpen, onClose, commandsFor }: PaletteProps) {
  const closeOnEscape = useIsTopDialog(isOpen);
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      closeOnEscape={closeOnEscape}
      // Above a panel that is opened later.
      zIndex={300}
      withCloseButton={false}
      centered={false}
      yOffset="12vh"
      padding={0}
      size="lg"
      attributes={{ content: { 'aria-label': 'Search and commands' } }}
    >
      <Choices onClose={onClose} commandsFor={commandsFor} />
    </Modal>
  );
}

/** The pattern "editable combobox with list autocomplete" of the ARIA practices. */
function Choices({ onClose, commandsFor }: Omit<PaletteProps, 'isOpen'>) {
  const go = useGo();
  const id = useId();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const commands = matching(commandsFor(typed.trim()), typed);

  function run(command: Command | undefined) {
    if (!command) return;
    onClose();
    command.run?.();
    if (command.to !== undefined) go(command.to);
  }

  function onKey(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((chosen + step + commands.length) % Math.max(1, commands.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(commands[chosen]);
    }
  }

  return (
    <>
      <TextInput
        data-autofocus
        variant="unstyled"
        size="md"
        px="md"
        leftSection={<SearchIcon />}
        placeholder="An id, a uid, a page, or what to do"
        aria-label="Search and commands"
        role="combobox"
        aria-expanded
        aria-controls={id}
        {...(commands.length > 0 && { 'aria-activedescendant': `${id}-${chosen}` })}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <div className="palette" role="listbox" id={id} aria-label="What was found">
        {commands.map((command, index) => (
          <div
            key={`${command.hint} ${command.title} ${command.to ?? ''}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            // The arrow keys can choose an entry below the visible ones.
            {...(index === chosen && { ref: intoSight })}
            className="palette-option"
            onMouseEnter={() => setChosen(index)}
            onClick={() => run(command)}
          >
            <span className="clip">{command.title}</span>
            <Text size="xs" c="dimmed" span>
              {command.hint}
            </Text>
          </div>
        ))}
      </div>
      {commands.length === 0 && (
        <Text size="sm" c="dimmed" p="md">
          No page or command matches.
        </Text>
      )}
      <VisuallyHidden role="status">{commands.length} found</VisuallyHidden>
    </>
  );
}

function intoSight(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: 'nearest' });
}
